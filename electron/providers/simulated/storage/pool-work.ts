import type { PoolRemoval } from '../../../../shared/model/index.ts'
import type { PoolDefinition, PoolFacts } from '../../provider.ts'
import { type WorkOptions, workThrough } from '../build/timed-work.ts'
import { poolNotFound, poolOff } from '../build/volume-problems.ts'
import { hashText, share } from '../random.ts'
import type { World } from '../world.ts'
import { amountsOf, isUnmounted } from './extra-pools.ts'
import * as problems from './pool-problems.ts'
import { keyOf, needSource, poolAbilities, targetOf } from './pool-sources.ts'
import { sharedSource } from './shared-source.ts'

const SHORT_MS = 500
/** A partition table, a volume group. */
const LONG_MS = 2_000
const FOLDERS: ReadonlySet<string> = new Set(['dir', 'netfs'])

/** Of what is done there is nothing to count. */
function takeTime(world: World, ms: number, { signal }: WorkOptions): Promise<void> {
  return workThrough(world, { bytesTotal: ms, bytesPerS: 1_000, step: () => undefined }, { signal })
}

/** Throws `not-found` volume.pool-not-found. */
export function needPool(world: World, hostRef: string, name: string): PoolFacts {
  const pool = world.pools.find(hostRef, name)
  if (!pool) throw poolNotFound(name)
  return pool
}

/** Throws pool.name-taken, pool.source-taken, pool.device-has-data, pool.path-missing, pool.start-failed, and what the host lacks. */
export async function createPool(
  world: World,
  hostRef: string,
  { uuid, spec }: PoolDefinition,
  password: string | null,
  options: WorkOptions,
): Promise<void> {
  const { pools } = world
  const { name, source, build, autostart } = spec
  const known = pools.find(hostRef, name)
  if (known && pools.uuidOf(known) === uuid) return
  if (known) throw problems.poolNameTaken(name)
  const reason = poolAbilities(world, hostRef).types[source.type]
  if (reason) throw problems.unable(hostRef, reason)
  const by = pools.all(hostRef).find((pool) => keyOf(pools.sourceOf(pool)) === keyOf(source))
  if (by) throw problems.sourceTaken(name, by.name)
  needSource(source, spec, password)
  await takeTime(world, build ? LONG_MS : SHORT_MS, options)
  if (pools.find(hostRef, name)) throw problems.poolNameTaken(name)
  const isWhole = source.type === 'scsi' || source.type === 'iscsi'
  const amounts = amountsOf(480 + Math.round(share(hashText(keyOf(source)), 164) * 30) * 240, isWhole ? 1 : build ? 0.001 : 0.08)
  const facts = {
    hostRef,
    name,
    type: source.type,
    active: true,
    autostart,
    persistent: true,
    ...amounts,
    target: targetOf(source),
    shared: sharedSource(source),
  }
  pools.add(facts, { uuid, source })
}

/** Throws `precondition` pool.path-missing. */
export async function startPool(world: World, hostRef: string, name: string, options: WorkOptions): Promise<void> {
  if (needPool(world, hostRef, name).active) return
  await takeTime(world, SHORT_MS, options)
  const pool = needPool(world, hostRef, name)
  if (isUnmounted(pool)) throw problems.pathMissing(name, pool.target ?? name)
  world.pools.setActive(pool, true)
}

/** Throws `precondition` pool.in-use. */
export async function stopPool(world: World, hostRef: string, name: string, options: WorkOptions): Promise<void> {
  needUnused(world, needPool(world, hostRef, name))
  await takeTime(world, SHORT_MS, options)
  const pool = needPool(world, hostRef, name)
  needUnused(world, pool)
  world.pools.setActive(pool, false)
}

/** Throws `precondition` volume.pool-off, pool.switched-off. */
export async function refreshPool(world: World, hostRef: string, name: string, options: WorkOptions): Promise<void> {
  if (!needPool(world, hostRef, name).active) throw poolOff(name)
  await takeTime(world, SHORT_MS, options)
  const pool = needPool(world, hostRef, name)
  if (!isUnmounted(pool)) return
  world.pools.setActive(pool, false)
  throw problems.switchedOff(name, pool.target ?? name)
}

export function removalOf(
  world: World,
  hostRef: string,
  name: string,
): Omit<PoolRemoval, 'usedBy'> & { readonly usedBy: readonly string[] } {
  const pool = needPool(world, hostRef, name)
  if (!pool.active) return { volumes: 0, allocationBytes: null, usedBy: [], reason: null }
  const usedBy = usersOf(world, pool)
  const running = runningOf(world, pool, usedBy)
  const listed = world.volumes.list(hostRef, name)
  const allocationBytes = FOLDERS.has(pool.type) ? null : pool.allocationBytes
  return { volumes: listed.length, allocationBytes, usedBy, reason: running.length > 0 ? problems.inUse(running) : null }
}

/** Throws `precondition` pool.in-use, pool.not-empty, pool.off-unseen, `unsupported` pool.target-stays. */
export async function removePool(world: World, hostRef: string, name: string, deleteTarget: boolean, options: WorkOptions): Promise<void> {
  const judge = () => {
    const pool = needPool(world, hostRef, name)
    needUnused(world, pool)
    if (!deleteTarget) return pool
    if (!FOLDERS.has(pool.type) && pool.type !== 'logical') throw problems.targetStays(name, pool.type)
    if (!pool.active) throw problems.offUnseen(name)
    if (world.volumes.list(hostRef, name).length > 0) throw problems.notEmpty(name)
    return pool
  }
  judge()
  await takeTime(world, SHORT_MS, options)
  world.pools.remove(judge())
}

function usersOf(world: World, { hostRef, name, active }: PoolFacts): readonly string[] {
  if (!active) return []
  const here = new Set([...world.host(hostRef).machines.values()].map(({ facts }) => facts.name))
  const names = [...world.volumes.users(hostRef, name).values()].flat()
  return [...new Set(names)].filter((each) => here.has(each)).sort()
}

function runningOf(world: World, { hostRef }: PoolFacts, names: readonly string[]): readonly string[] {
  const running = new Set(
    [...world.host(hostRef).machines.values()].filter(({ facts }) => facts.state === 'running').map(({ facts }) => facts.name),
  )
  return names.filter((name) => running.has(name))
}

function needUnused(world: World, pool: PoolFacts): void {
  const running = runningOf(world, pool, usersOf(world, pool))
  if (running.length > 0) throw problems.poolInUse(pool.name, running)
}
