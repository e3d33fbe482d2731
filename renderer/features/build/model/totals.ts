import { namesOf } from '../../../../shared/model/build.ts'
import type { BuildOptions } from '../../../../shared/model/index.ts'
import type { SpecDraft } from './draft.ts'

/** What will be asked of one pool. */
export interface PoolNeed {
  readonly pool: string
  /** At most: an image takes what has been written. */
  readonly bytes: number
  readonly availableBytes: number | null
}

export interface Totals {
  readonly vcpus: number
  readonly hostCpus: number | null
  readonly memoryMiB: number
  readonly freeMemoryMiB: number | null
  readonly pools: readonly PoolNeed[]
}

function amount(value: number | string | null): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}

/** Everything that so many machines of this kind may come to need, beside what the host has. */
export function totalsOf(spec: SpecDraft, count: number | string, options: BuildOptions): Totals {
  const times = Math.max(1, amount(count))
  const bytes = new Map<string, number>()
  for (const { source } of spec.disks) {
    if (source.kind === 'existing') continue
    bytes.set(source.pool, (bytes.get(source.pool) ?? 0) + amount(source.sizeBytes) * times)
  }
  return {
    vcpus: amount(spec.cpu.vcpus) * times,
    hostCpus: options.hostCpus,
    memoryMiB: amount(spec.memoryMiB) * times,
    freeMemoryMiB: options.hostMemoryFreeMiB,
    pools: [...bytes].map(([pool, needed]) => ({
      pool,
      bytes: needed,
      availableBytes: options.pools.find((one) => one.name === pool)?.availableBytes ?? null,
    })),
  }
}

const SHOWN_AT_ONCE = 200

/** Names as they will be; none while the pattern or the numbers are not right. */
export function draftNames({
  name,
  count,
  first,
}: {
  readonly name: string
  readonly count: number | string
  readonly first: number | string
}): readonly string[] {
  const many = typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= SHOWN_AT_ONCE ? count : 0
  if (name.trim() === '' || many === 0 || typeof first !== 'number') return []
  return namesOf(name, many, first)
}
