import type { MigrationMeasure, MigrationRecord, MigrationSpec, Preflight } from '../../../shared/model/index.ts'
import type { Clock, IncomingFacts, OutgoingFacts } from '../../providers/provider.ts'
import type { InventoryReader, Links } from '../ports.ts'
import { type Carried, lookAtCarried } from './carried.ts'
import { askedOf, filledWish } from './fill-wish.ts'
import { CHECKS } from './judge/checks.ts'
import { judged } from './judge/judge.ts'
import { networksToCopy, poolsToCopy } from './likenesses.ts'
import { predict } from './predict.ts'
import { linkTo, type Sides, sidesOf } from './sides.ts'
import { takesOf } from './takes.ts'

const READ_TIMEOUT_MS = 60_000

export interface PreflightPorts {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly clock: Clock
  readonly busyWith: (machineId: string) => string | undefined
  readonly isInMaintenance: (hostId: string) => boolean
  /** The newest measurement of this machine and this pair of hosts; null: none. */
  readonly measured: (spec: MigrationSpec) => MigrationMeasure | null
  readonly records: () => Promise<readonly MigrationRecord[]>
}

export interface Looked {
  readonly preflight: Preflight
  readonly sides: Sides
  readonly out: OutgoingFacts
  readonly into: IncomingFacts
  /** Null: the hypervisor itself copies what is copied. */
  readonly carried: Carried | null
}

/** Looks at both hosts and judges. Only reads. Throws what {@link sidesOf} does. */
export async function lookBefore(ports: PreflightPorts, wish: MigrationSpec, signal: AbortSignal): Promise<Looked> {
  const { inventory, links, clock } = ports
  const sides = sidesOf(wish.machineId, wish.targetHostId, inventory, links)
  const { machine, source, target, from, to } = sides
  const call = { signal, timeoutMs: READ_TIMEOUT_MS }
  const out = await from.outgoing(machine.nativeRef, call)
  const into = await to.incoming(target.nativeRef, out, askedOf(wish, out), { ...call, source: from })
  const spec = filledWish(wish, out, into)
  const keeper = linkTo(source, inventory, links).volumes
  const carries = !out.isRunning && !from.copiesWhenOff && keeper
  const carried = carries
    ? {
        ...(await lookAtCarried(spec, out, { keeper, hostRef: source.nativeRef }, call)),
        opensFolders: from.openFolder !== undefined && to.openFolder !== undefined,
      }
    : null
  const newest = ports.measured(spec)
  // the way through this console and the way between the hosts tell nothing of each other
  const measured = newest && (newest.through === 'console') === (carried !== null) ? newest : null
  const prediction = predict({
    spec,
    out,
    sourceHostId: source.id,
    measured,
    records: await ports.records(),
    diskWriteBytesPerS: machine.metrics?.diskWriteBytesPerS ?? null,
    nowMs: clock.nowMs(),
    isCarried: carried !== null,
  })
  const findings = judged(CHECKS, {
    spec,
    wished: wish,
    carried,
    out,
    into,
    recallsSnapshots: from.snapshots !== undefined && to.snapshots !== undefined,
    sourceName: source.name,
    targetName: target.name,
    isSameHost: source.id === target.id || (out.host.uuid !== null && out.host.uuid === into.host.uuid),
    busyWith: ports.busyWith(machine.id),
    isTargetInMaintenance: ports.isInMaintenance(target.id),
    prediction,
    measured,
    sourcePools: poolsToCopy(inventory, source.id),
    sourceNetworks: networksToCopy(inventory, source.id),
  })
  const preflight: Preflight = {
    spec,
    findings,
    prediction,
    takes: takesOf({ spec, out, into }),
    source: { hostId: source.id, name: source.name, memoryFreeKiB: source.memoryFreeKiB },
    target: { hostId: target.id, name: target.name, memoryFreeKiB: target.memoryFreeKiB },
    checkedAtMs: clock.nowMs(),
  }
  return { preflight, sides, out, into, carried }
}
