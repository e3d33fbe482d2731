import { activePath, chainOf, jobFailed, type MergeToDo, poolFullMeanwhile, type Sight } from '../../snapshots/index.ts'
import { type WorkOptions, workThrough } from '../build/timed-work.ts'
import type { SimulatedMachine } from '../fleet.ts'
import type { World } from '../world.ts'
import { deleteFile, growFile, moveDisk, rebase } from './file-moves.ts'
import { sightOf } from './sight.ts'
import { merged } from './tree-moves.ts'

const JOB_BYTES_PER_S = 300e6
/** The share of its work after which a job that fails does so. */
const FAILS_AFTER = 0.6
const LONG_BYTES = 268_435_456
/** As a host tells it. */
const IO_ERROR = { procedure: 'domainBlockCommit', message: 'Input/output error' }

interface Job {
  readonly target: string
  readonly kind: 'commit' | 'pull'
  readonly pool: string | null
  readonly bytesTotal: number
}

/** Work of the hypervisor on a disk, which everybody sees while it lasts. It changes nothing before its end. */
async function run(world: World, machine: SimulatedMachine, job: Job, options: WorkOptions): Promise<void> {
  const { target, kind, pool, bytesTotal } = job
  const { hostRef } = machine.facts
  // a short one is over before anything can go wrong with it
  const fails = bytesTotal > LONG_BYTES && world.failsByChance(`${kind} ${hostRef}/${machine.facts.name}/${target}`)
  const step = (doneBytes: number) => {
    world.snapshots.setJob(machine, target, { target, kind, doneBytes, totalBytes: bytesTotal })
    if (fails && doneBytes >= bytesTotal * FAILS_AFTER) throw jobFailed(target, kind, IO_ERROR)
    const freeBytes = pool === null ? Number.POSITIVE_INFINITY : world.volumes.freeBytes(hostRef, pool)
    if (pool !== null && freeBytes < doneBytes) throw poolFullMeanwhile(target, pool, Math.max(0, freeBytes))
  }
  try {
    await workThrough(world, { bytesTotal, bytesPerS: JOB_BYTES_PER_S, step }, options)
  } finally {
    world.snapshots.setJob(machine, target, null)
  }
}

function bytesOf(sight: Sight, paths: readonly string[]): number {
  return paths.reduce((bytes, path) => bytes + (sight.files.get(path)?.allocationBytes ?? 0), 0)
}

/** What lies between `top` and `base` is written into `base`. */
export async function merge(
  world: World,
  machine: SimulatedMachine,
  { target, top, base, deletes }: MergeToDo,
  options: WorkOptions,
): Promise<void> {
  const before = sightOf(world, machine)
  const chain = chainOf(before, activePath(before, target))
  const goes = chain.slice(chain.indexOf(top), chain.indexOf(base))
  const bytesTotal = bytesOf(before, goes)
  await run(world, machine, { target, kind: 'commit', pool: before.files.get(base)?.pool ?? null, bytesTotal }, options)
  growFile(world, machine, base, bytesTotal)
  const above = chain[chain.indexOf(top) - 1]
  if (above === undefined) moveDisk(world, machine, target, base)
  else rebase(world, machine, above, base)
  world.snapshots.put(machine, merged(world.snapshots.of(machine), target, top, base, deletes))
  for (const path of deletes) deleteFile(world, machine, path)
}

/** Everything beneath is copied into the file that is written, which then stands alone. */
export async function flatten(world: World, machine: SimulatedMachine, target: string, options: WorkOptions): Promise<void> {
  const sight = sightOf(world, machine)
  const [active, ...beneath] = chainOf(sight, activePath(sight, target))
  const file = active === undefined ? undefined : sight.files.get(active)
  if (active === undefined || !file) return
  const bytesTotal = bytesOf(sight, beneath)
  await run(world, machine, { target, kind: 'pull', pool: file.pool, bytesTotal }, options)
  const held = (file.allocationBytes ?? 0) + bytesTotal
  rebase(world, machine, active, null, Math.min(held, file.capacityBytes ?? held))
}
