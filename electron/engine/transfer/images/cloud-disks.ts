import type { DiskMove, Machine, TransferSpec } from '../../../../shared/model/index.ts'

/** A disk of the machine as its cloud knows it. */
export interface CloudDisk {
  readonly id: string
  /** By which it is wished for: its id where that can be typed (`vol-0abc`), else its name. */
  readonly target: string
  readonly name: string
  readonly sizeBytes: number
  /** What is wished for it, by its target or its name. */
  readonly move: DiskMove | undefined
}

const SHORT_ID = /^[\w-]{1,64}$/
const MOST_LETTERS = 64

/** The one it boots from first. One whose size is not told counts as nothing: its size is known when it stands still. */
export function cloudDisks({ cloud }: Pick<Machine, 'cloud'>, { disks: moves }: Pick<TransferSpec, 'disks'>): CloudDisk[] {
  const disks = cloud?.disks ?? []
  return [...disks.filter(({ boot }) => boot), ...disks.filter(({ boot }) => !boot)].map(({ id, name, sizeBytes }) => {
    const target = SHORT_ID.test(id) || name === '' ? id.slice(0, MOST_LETTERS) : name.slice(0, MOST_LETTERS)
    const move = moves.find((each) => each.target === target || each.target === name)
    return { id, target, name: name || target, sizeBytes: sizeBytes ?? 0, move }
  })
}
