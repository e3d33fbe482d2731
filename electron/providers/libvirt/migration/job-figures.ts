import type { MigrationPhase } from '../../../../shared/model/index.ts'
import { constants as c, fromTypedParams, type TypedParam } from '../../../libvirt/index.ts'
import type { MoveOutcome, MoveProgress } from '../../provider.ts'

/** What libvirt's job statistics say of a move. Bytes; rates in bytes a second; times in milliseconds. */

type Figure = (field: string) => number | null

function reader(params: readonly TypedParam[]): Figure {
  const values = fromTypedParams(params)
  return (field) => {
    const value = values[field]
    return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : null
  }
}

/** Null: no move is on its way out of here. */
export function progressOf(type: number, params: readonly TypedParam[], isPostCopy: boolean): MoveProgress | null {
  const figure = reader(params)
  const isRunning = type === c.VIR_DOMAIN_JOB_BOUNDED || type === c.VIR_DOMAIN_JOB_UNBOUNDED
  if (!isRunning || figure(c.VIR_DOMAIN_JOB_OPERATION) !== c.VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT) return null
  const memory = amounts(figure, 'memory')
  const disk = amounts(figure, 'disk')
  const pages = figure(c.VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE)
  const pageBytes = figure(c.VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE) ?? 4_096
  return {
    phase: phaseOf(memory, disk, isPostCopy),
    memory,
    disk,
    iteration: figure(c.VIR_DOMAIN_JOB_MEMORY_ITERATION),
    dirtyBytesPerS: pages === null ? null : pages * pageBytes,
    bandwidthBytesPerS: figure(c.VIR_DOMAIN_JOB_MEMORY_BPS) ?? figure(c.VIR_DOMAIN_JOB_DISK_BPS),
    throttlePercent: figure(c.VIR_DOMAIN_JOB_AUTO_CONVERGE_THROTTLE),
  }
}

/** Of a move that is over, by either end. Null: none is remembered. */
export function outcomeOf(type: number, params: readonly TypedParam[]): MoveOutcome | null {
  if (type !== c.VIR_DOMAIN_JOB_COMPLETED) return null
  const figure = reader(params)
  const sent = ['memory', 'disk'].map((what) => figure(`${what}_processed`)).filter((bytes) => bytes !== null)
  return {
    totalMs: figure(c.VIR_DOMAIN_JOB_TIME_ELAPSED),
    downtimeMs: figure(c.VIR_DOMAIN_JOB_DOWNTIME),
    dataBytes: sent.length === 0 ? null : sent.reduce((sum, bytes) => sum + bytes, 0),
    memoryBytesPerS: figure(c.VIR_DOMAIN_JOB_MEMORY_BPS),
    passes: figure(c.VIR_DOMAIN_JOB_MEMORY_ITERATION),
  }
}

function amounts(figure: Figure, what: 'memory' | 'disk'): MoveProgress['memory'] {
  const [total, done, remaining] = ['total', 'processed', 'remaining'].map((part) => figure(`${what}_${part}`))
  if (!total || done === null || done === undefined || remaining === null || remaining === undefined) return null
  return { total, done, remaining }
}

/** Disks go first, over a way of their own, and are followed until the end. */
function phaseOf(memory: MoveProgress['memory'], disk: MoveProgress['disk'], isPostCopy: boolean): MigrationPhase {
  if (isPostCopy) return 'post-copy'
  if (memory && memory.done > 0) return memory.remaining === 0 ? 'switching' : 'copying-memory'
  return disk && disk.remaining > 0 ? 'copying-disks' : 'preparing'
}
