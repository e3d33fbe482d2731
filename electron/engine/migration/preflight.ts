import {
  besideThoseOnTheWay,
  type MigrationMeasure,
  type MigrationRecord,
  type MigrationSpec,
  type Preflight,
} from '../../../shared/model/index.ts'
import type { Clock, IncomingFacts, OutgoingFacts } from '../../providers/provider.ts'
import type { InventoryReader, Links } from '../ports.ts'
import { type Carried, lookAtCarried } from './carried.ts'
import { type Coming, type ComingTo, together, withComing } from './coming.ts'
import { askedOf, filledWish } from './fill-wish.ts'
import { CHECKS } from './judge/checks.ts'
import { judged } from './judge/judge.ts'
import { networksToCopy, poolsToCopy } from './likenesses.ts'
import type { Way } from './measures.ts'
import { type PredictInput, predict } from './predict.ts'
import { linkTo, type Sides, sidesOf } from './sides.ts'
import { takesOf } from './takes.ts'
import type { WriteProfile } from './writes/write-profile.ts'
import { writesThen } from './writes/writes-then.ts'

const READ_TIMEOUT_MS = 60_000
/** A target is asked so often what it has when others arrive there while it is asked. */
const MOST_READS = 3

export interface PreflightPorts {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly clock: Clock
  readonly busyWith: (machineId: string) => string | undefined
  readonly isInMaintenance: (hostId: string) => boolean
  /** The newest measurement of this machine and this pair of hosts; null: none that still counts. */
  readonly measured: (way: Way) => MigrationMeasure | null
  readonly records: () => Promise<readonly MigrationRecord[]>
  readonly onTheWay: ComingTo
  /** What a machine writes at which time; undefined: not known. */
  readonly writesOf: (machineId: string) => WriteProfile | undefined
}

export interface Looked {
  readonly preflight: Preflight
  readonly sides: Sides
  readonly out: OutgoingFacts
  readonly into: IncomingFacts
  /** Null: the hypervisor itself copies what is copied. */
  readonly carried: Carried | null
  /** Others that go to the same target, which it does not count yet. */
  readonly coming: readonly Coming[]
}

/** Looks at both hosts and judges. Only reads. `beginsAtMs`: it begins then, and not now. Throws what {@link sidesOf} does. */
export async function lookBefore(
  ports: PreflightPorts,
  wish: MigrationSpec,
  signal: AbortSignal,
  beginsAtMs: number | null = null,
): Promise<Looked> {
  const { inventory, links, clock } = ports
  const sides = sidesOf(wish.machineId, wish.targetHostId, inventory, links)
  const { machine, source, target, from, to } = sides
  const call = { signal, timeoutMs: READ_TIMEOUT_MS }
  const out = await from.outgoing(machine.nativeRef, call)
  const { into, coming } = await intoOf(ports, sides, () =>
    to.incoming(target.nativeRef, out, askedOf(wish, out), { ...call, source: from }),
  )
  const spec = filledWish(wish, out, into)
  const keeper = linkTo(source, inventory, links).volumes
  const carries = !out.isRunning && !from.copiesWhenOff && keeper
  const carried = carries
    ? {
        ...(await lookAtCarried(spec, out, { keeper, hostRef: source.nativeRef }, call)),
        opensFolders: from.openFolder !== undefined && to.openFolder !== undefined,
      }
    : null
  const newest = ports.measured({ machineId: machine.id, sourceHostId: source.id, targetHostId: target.id })
  // the way through this console and the way between the hosts tell nothing of each other
  const measured = newest && (newest.through === 'console') === (carried !== null) ? newest : null
  const move: PredictInput = {
    spec,
    out,
    sourceHostId: source.id,
    measured,
    records: await ports.records(),
    diskWriteBytesPerS: machine.metrics?.diskWriteBytesPerS ?? null,
    nowMs: clock.nowMs(),
    isCarried: carried !== null,
  }
  const prediction = predict(move)
  const isSameHost = source.id === target.id || (out.host.uuid !== null && out.host.uuid === into.host.uuid)
  const takes = withComing(takesOf({ spec, out, into }), isSameHost ? [] : coming)
  const findings = judged(CHECKS, {
    spec,
    wished: wish,
    carried,
    out,
    into,
    recallsSnapshots: from.snapshots !== undefined && to.snapshots !== undefined,
    sourceName: source.name,
    targetName: target.name,
    isSameHost,
    busyWith: ports.busyWith(machine.id),
    isTargetInMaintenance: ports.isInMaintenance(target.id),
    prediction,
    measured,
    writing: writesThen({ profile: ports.writesOf(machine.id), move, beginsAtMs: Math.max(beginsAtMs ?? 0, clock.nowMs()) }),
    sourcePools: poolsToCopy(inventory, source.id),
    sourceNetworks: networksToCopy(inventory, source.id),
  })
  const end = { hostId: target.id, name: target.name, memoryFreeKiB: target.memoryFreeKiB }
  const preflight: Preflight = {
    spec,
    findings: [...besideThoseOnTheWay({ takes, target: end }), ...findings],
    prediction,
    takes,
    source: { hostId: source.id, name: source.name, memoryFreeKiB: source.memoryFreeKiB },
    target: end,
    checkedAtMs: clock.nowMs(),
  }
  return { preflight, sides, out, into, carried, coming }
}

/** What the target has, and who else goes there. Of one that arrived while it was asked nobody knows whether it is counted: it is asked again. */
async function intoOf(
  { onTheWay }: PreflightPorts,
  { machine, target }: Sides,
  read: () => Promise<IncomingFacts>,
): Promise<Pick<Looked, 'into' | 'coming'>> {
  for (let reads = 1; ; reads += 1) {
    const before = onTheWay.at(target.id, machine.id)
    const into = await read()
    const coming = onTheWay.at(target.id, machine.id)
    const isComing = new Set(coming.map(({ machineId }) => machineId))
    if (reads === MOST_READS || before.every(({ machineId }) => isComing.has(machineId))) return { into, coming: together(before, coming) }
  }
}
