import type { TransferPlan, TransferSpec, TransferWayPlan } from '../../../shared/model/index.ts'
import type { OutgoingDisk } from '../../providers/provider.ts'
import type { PreflightPorts } from '../migration/preflight.ts'
import { exportWay } from './clouds/export-way.ts'
import { importWay } from './clouds/import-way.ts'
import { consoleWay, packageWay } from './host-ways.ts'
import { coldSpec, lookCold } from './look-transfer.ts'
import { cloudOf, type Worlds, worldsOf } from './worlds.ts'

const READ_TIMEOUT_MS = 60_000

/** The ways in which a machine can move, the best one first. Only reads. Throws what {@link worldsOf} and a pre-flight do. */
export async function planTransfer(ports: PreflightPorts, spec: TransferSpec, signal: AbortSignal): Promise<TransferPlan> {
  const worlds = worldsOf(ports.inventory, spec)
  const { disks, ways, filled } = await waysOf(ports, spec, worlds, signal)
  const end = (host: Worlds['source'], providerId: string) => ({ hostId: host.id, name: host.name, providerId })
  return {
    spec: filled,
    machine: worlds.machine.name,
    source: end(worlds.source, worlds.from),
    target: end(worlds.target, worlds.to),
    disks,
    ways,
    madeAtMs: ports.clock.nowMs(),
  }
}

interface Found {
  readonly filled: TransferSpec
  readonly disks: TransferPlan['disks']
  readonly ways: TransferWayPlan[]
}

async function waysOf(ports: PreflightPorts, spec: TransferSpec, worlds: Worlds, signal: AbortSignal): Promise<Found> {
  const { machine, from, to } = worlds
  const [fromCloud, toCloud] = [cloudOf(from), cloudOf(to)]
  if (fromCloud) {
    const disks = (machine.cloud?.disks ?? []).map(({ name, id, sizeBytes }) => ({
      target: name ?? id,
      format: null,
      capacityBytes: sizeBytes,
      allocationBytes: null,
    }))
    return { filled: spec, disks, ways: [exportWay(worlds, fromCloud, disks, toCloud !== null)] }
  }
  if (from === to) {
    const looked = await lookCold(ports, spec, signal)
    const { disks, nics } = looked.preflight.spec
    const copied = looked.out.disks.filter(({ target }) => disks.some((one) => one.target === target && one.how === 'copy'))
    return { filled: { ...spec, disks, nics }, disks: copied.map(shown), ways: [consoleWay(looked), packageWay(worlds)] }
  }
  const out = await outgoing(ports, worlds, signal)
  const own = (out?.disks ?? []).filter(({ device, isReadOnly }) => device === 'disk' && !isReadOnly)
  const ways = toCloud ? [await importWay({ worlds, cloud: toCloud, spec, disks: own, firmware: out?.firmware ?? null })] : []
  return { filled: { ...spec, ...pick(coldSpec(spec)) }, disks: own.map(shown), ways: toCloud ? ways : [packageWay(worlds)] }
}

function pick({ disks, nics }: ReturnType<typeof coldSpec>) {
  return { disks, nics }
}

/** Null: this kind of connection does not tell, or there is no link to it now. */
async function outgoing({ links }: PreflightPorts, { machine }: Worlds, signal: AbortSignal) {
  const mover = links.current(machine.connectionId)?.migration
  return mover ? await mover.outgoing(machine.nativeRef, { signal, timeoutMs: READ_TIMEOUT_MS }) : null
}

function shown({ target, format, capacityBytes, allocationBytes }: OutgoingDisk): TransferPlan['disks'][number] {
  return { target, format, capacityBytes, allocationBytes }
}
