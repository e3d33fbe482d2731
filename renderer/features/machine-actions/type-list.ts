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

/** Every word must be found in the name, the family or the architecture. */
export function typesMatching(types: readonly PricedMachineType[], search: string, withUnfit: boolean): readonly PricedMachineType[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return types.filter(({ name, family, arch, reason }) => {
    const text = `${name} ${family ?? ''} ${arch ?? ''}`.toLowerCase()
    return (withUnfit || reason === null) && words.every((word) => text.includes(word))
  })
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
