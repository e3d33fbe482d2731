import type { VolumeRow } from '../../../../shared/model/index.ts'
import { compareKnown, type Sort } from '../table/table-model.ts'

export interface VolumeFilter {
  /** In the name, the path, the machine's name. */
  readonly text: string
  /** Null: any. */
  readonly format: string | null
  readonly unusedOnly: boolean
}

export const NO_FILTER: VolumeFilter = { text: '', format: null, unusedOnly: false }

type Key = (row: VolumeRow) => number | string | null

const KEYS: Readonly<Record<string, Key>> = {
  owner: ({ owners }) => owners[0]?.name ?? null,
  format: ({ facts }) => facts?.format ?? null,
  capacity: ({ facts }) => facts?.capacityBytes ?? null,
  allocation: ({ facts }) => facts?.allocationBytes ?? null,
  backing: ({ facts }) => facts?.backingPath ?? null,
}

/** Whether this order, or this filter, needs what is read of each volume after the list. */
export function needsFacts(filter: VolumeFilter, sort: Sort): boolean {
  return filter.format !== null || (sort.column !== 'name' && sort.column !== 'owner')
}

/** Names of the rows that fit, in their order: the host's own for names, what is not known at the end. */
export function orderVolumes(rows: Iterable<VolumeRow>, filter: VolumeFilter, sort: Sort): readonly string[] {
  const wanted = filter.text.trim().toLocaleLowerCase()
  const fits = (row: VolumeRow): boolean => {
    if (filter.unusedOnly && row.owners.length > 0) return false
    if (filter.format !== null && row.facts?.format !== filter.format) return false
    if (wanted === '') return true
    return row.path.toLocaleLowerCase().includes(wanted) || row.owners.some(({ name }) => name.toLocaleLowerCase().includes(wanted))
  }
  const found = [...rows].filter(fits)
  const key = KEYS[sort.column]
  if (key) {
    // the keys once for each, beside it: ten thousand rows are compared more than a hundred thousand times
    const keyed = found.map((row) => ({ name: row.name, key: key(row) }))
    return keyed.sort((a, b) => compareKnown(a.key, b.key, sort.descending)).map(({ name }) => name)
  }
  if (sort.descending) found.reverse()
  return found.map(({ name }) => name)
}

/** Formats that were read so far, for the choice of one. */
export function formatsOf(rows: Iterable<VolumeRow>): readonly string[] {
  const formats = new Set<string>()
  for (const { facts } of rows) if (facts?.format) formats.add(facts.format)
  return [...formats].sort()
}

/** What the chosen ones take up, as far as it was read. */
export function sizeOf(rows: Iterable<VolumeRow>): { readonly bytes: number; readonly unread: number } {
  let bytes = 0
  let unread = 0
  for (const { facts } of rows) {
    if (facts) bytes += facts.allocationBytes
    else unread += 1
  }
  return { bytes, unread }
}

/** Paths that others of the pool are built on, as far as it was read: what lies there is not to be deleted. */
export function basesOf(rows: Iterable<VolumeRow>): ReadonlyMap<string, string> {
  const bases = new Map<string, string>()
  for (const { name, facts } of rows) if (facts?.backingPath) bases.set(facts.backingPath, name)
  return bases
}
