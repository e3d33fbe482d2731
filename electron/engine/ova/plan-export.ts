import type { CloneSource, HostId, Machine, MachineId, VolumePlace } from '../../../shared/model/index.ts'
import type { Clock } from '../../providers/provider.ts'
import { isBusyState } from '../build/disk-step.ts'
import { type Place, placeOf } from '../build/host-links.ts'
import { FreeNames, newUuid } from '../build/identities.ts'
import { READ_TIMEOUT_MS, volumeNames, volumesIn } from '../build/known.ts'
import type { RandomBytes } from '../build/sha512-crypt.ts'
import { knownMachine } from '../machines/machine-links.ts'
import type { InventoryReader, Links } from '../ports.ts'
import type { TaskRequest } from '../tasks/task-kind.ts'
import { EXPORT_KIND, type ExportPlan } from './export-plan.ts'
import { problem } from './ova-errors.ts'
import { guessOs } from './ovf-os.ts'

export interface ExportOrder {
  readonly machineId: MachineId
  /** Where the converted disks lie meanwhile; null: each beside its original. */
  readonly pool: string | null
}

interface Ports {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly clock: Clock
  readonly randomBytes: RandomBytes
}

export interface PlannedExport {
  readonly request: TaskRequest
  readonly exportId: string
  readonly leftOut: string[]
}

/** Throws AppError for what cannot be exported, before anything is made. */
export async function planExport({ machineId, pool }: ExportOrder, ports: Ports, signal: AbortSignal): Promise<PlannedExport> {
  const { inventory, links, clock, randomBytes } = ports
  const machine = knownMachine(inventory, machineId)
  refuseRunning(machine)
  const place = placeOf(machine.hostId, inventory, links)
  const call = { signal, timeoutMs: READ_TIMEOUT_MS }
  const { convert } = await place.keeper.abilities(place.host.nativeRef, call)
  if (convert)
    throw problem('unsupported', 'ova.no-conversion', `The host cannot convert the disks: ${convert.text}`, { reason: convert.text })
  const source = await place.builder.source(machine.nativeRef, call)
  const disks = await disksOf(source, pool, machine.name, place, signal)
  const exportId = newUuid(randomBytes)
  const leftOut = source.disks.filter(isLeftOut).map(({ target }) => target)
  const plan: ExportPlan = {
    exportId,
    machineId: machine.id,
    connectionId: machine.connectionId,
    hostRef: place.host.nativeRef,
    name: machine.name,
    description: machine.description,
    os: guessOs({ id: null, names: machine.os === null ? [] : [machine.os] }, null).entry,
    vcpus: source.vcpus,
    memoryMiB: source.memoryMiB,
    firmware: source.firmware,
    nics: source.nics.map(({ source: to, model }) => ({ network: networkName(to), model })),
    disks,
    askedAtMs: clock.nowMs(),
  }
  return {
    request: requestOf(plan, machine.hostId, place.host.name, leftOut),
    exportId,
    leftOut,
  }
}

function requestOf(plan: ExportPlan, hostId: HostId, hostName: string, leftOut: readonly string[]): TaskRequest {
  return {
    kind: EXPORT_KIND,
    plan: JSON.parse(JSON.stringify(plan)) as TaskRequest['plan'],
    // whoever sees the task can ask for its package, also when the answer to `export` is long gone
    params: {
      host: hostName,
      disks: plan.disks.map(({ from }) => `${from.pool}/${from.volume}`),
      exportId: plan.exportId,
      leftOut: [...leftOut],
    },
    target: { entity: 'machine', id: plan.machineId, name: plan.name },
    connectionId: plan.connectionId,
    hostId,
  }
}

/** What a running machine writes would be half in the package. */
function refuseRunning({ name, state }: Machine): void {
  if (!isBusyState(state)) return
  throw problem('precondition', 'ova.machine-on', `${name} is not off. Shut it down first: its disks change while it runs.`, {
    name,
    state,
  })
}

async function disksOf(
  source: Omit<CloneSource, 'machineId'>,
  pool: string | null,
  name: string,
  { keeper, host }: Place,
  signal: AbortSignal,
): Promise<ExportPlan['disks']> {
  const own = source.disks.filter((disk) => !isLeftOut(disk)).map((disk) => ({ disk, from: placedIn(disk) }))
  const pools = [...new Set(own.map(({ from }) => pool ?? from.pool))]
  const free = new FreeNames(volumeNames(await volumesIn(pools, keeper, host.nativeRef, signal)))
  const found = await Promise.all(own.map(({ from }) => keeper.find(host.nativeRef, from, { signal, timeoutMs: READ_TIMEOUT_MS })))
  return own.map(({ disk, from }, index) => {
    const to = pool ?? from.pool
    const volume = found[index]
    if (!volume) throw problem('not-found', 'ova.disk-gone', `The disk ${disk.target} is not there any more.`, { target: disk.target })
    return {
      from,
      sourceFormat: disk.format,
      capacityBytes: volume.capacityBytes,
      allocationBytes: volume.allocationBytes,
      bus: busOf(disk.target),
      place: { pool: to, volume: free.take(to, `${name}-export-${index + 1}`, 'vmdk') },
    }
  })
}

function isLeftOut({ copied }: CloneSource['disks'][number]): boolean {
  return !copied
}

function placedIn({ place, target }: CloneSource['disks'][number]): VolumePlace {
  if (place) return place
  throw problem(
    'precondition',
    'ova.disk-in-no-pool',
    `The disk ${target} lies in no pool, so it cannot be read. Make a pool of its folder first.`,
    {
      target,
    },
  )
}

/** By the name in the guest's definition: `vda` is virtio's, `sda` that of SATA, SCSI and USB alike. */
function busOf(target: string): string {
  return target.startsWith('vd') ? 'virtio' : 'sata'
}

function networkName(source: CloneSource['nics'][number]['source']): string {
  return source.kind === 'network' ? source.network : source.kind === 'bridge' ? source.bridge : source.device
}
