import type { MachineType } from '../../../shared/model/index.ts'
import type { ListPrice } from '../../../shared/prices/index.ts'
import { compareNames } from '../../lib/i18n/index.ts'

export interface PricedMachineType extends MachineType {
  readonly price: ListPrice | null
}

export type TypeSortKey = 'name' | 'vcpus' | 'memory' | 'price'

export interface TypeSort {
  readonly by: TypeSortKey
  readonly descending: boolean
}

const MEMORY = /(?:^|\s)(\d+(?:[.,]\d+)?)\s*gi?b?(?=\s|$)/gi
const VCPUS = /(?:^|\s)(\d+)\s*v?cpus?(?=\s|$)/gi
const KIB_PER_GIB = 1_048_576

/**
 * Every word must be found in the name, the family or the architecture; "4 vCPU" and "16 GiB" are just that much. What does not fit is left
 * out unless it is asked for, or is the chosen one.
 */
export function typesMatching(
  types: readonly PricedMachineType[],
  search: string,
  withUnfit: boolean,
  chosen: string | null = null,
): readonly PricedMachineType[] {
  const memory = numbersOf(search, MEMORY).map((gib) => gib * KIB_PER_GIB)
  const cpus = numbersOf(search, VCPUS)
  const words = search.replace(MEMORY, ' ').replace(VCPUS, ' ').toLowerCase().split(/\s+/).filter(Boolean)
  return types.filter(({ name, family, arch, reason, vcpus, memoryKiB }) => {
    const text = `${name} ${family ?? ''} ${arch ?? ''}`.toLowerCase()
    const isSize = memory.every((one) => one === memoryKiB) && cpus.every((one) => one === vcpus)
    return (withUnfit || reason === null || name === chosen) && isSize && words.every((word) => text.includes(word))
  })
}

function numbersOf(search: string, form: RegExp): readonly number[] {
  return [...search.matchAll(form)].map(([, number = '']) => Number(number.replace(',', '.')))
}

/** What has no price is last in both directions; equals stand by size and name. */
export function sortTypes(types: readonly PricedMachineType[], { by, descending }: TypeSort): readonly PricedMachineType[] {
  const sign = descending ? -1 : 1
  const figure = (type: PricedMachineType): number | null => {
    if (by === 'vcpus') return type.vcpus
    if (by === 'memory') return type.memoryKiB
    return by === 'price' ? (type.price?.usdPerHour ?? null) : 0
  }
  return types.toSorted((a, b) => {
    const [x, y] = [figure(a), figure(b)]
    if (x !== y) {
      if (x === null) return 1
      return y === null ? -1 : (x - y) * sign
    }
    if (by === 'name') return compareNames(a.name, b.name) * sign
    return a.vcpus - b.vcpus || a.memoryKiB - b.memoryKiB || compareNames(a.name, b.name)
  })
}
