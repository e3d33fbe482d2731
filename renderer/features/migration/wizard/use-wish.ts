import { useInAddress } from '../../../lib/in-address.ts'
import { readWish, type Wish, writeWish } from './wish.ts'

export type ChangeWish = (change: (wish: Wish) => Wish) => void

const isSameStep = (before: Wish, after: Wish) => before.step === after.step

/** What was chosen, in the address: another step is a page to go back to. */
export function useWish(): readonly [Wish, ChangeWish] {
  return useInAddress(readWish, writeWish, isSameStep)
}
