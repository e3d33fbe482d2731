import type { TransferPlan, TransferSpec, TransferWayPlan } from '../../../shared/model/index.ts'
import type { PreflightPorts } from '../migration/preflight.ts'
import { exportWay } from './clouds/export-way.ts'
import { importWay, type SentDisk } from './clouds/import-way.ts'
import { consoleWay, packageWay } from './host-ways.ts'
import { intoCloudWay } from './images/into-cloud-way.ts'
import { lookIntoCloud } from './images/look-into-cloud.ts'
import { type LookOutPorts, lookOutOfCloud } from './images/look-out-of-cloud.ts'
import { outOfCloudWay } from './images/out-of-cloud-way.ts'
import { lookCold } from './look-transfer.ts'
import { cloudOf, imagesGo, isAway, isCarried, type Worlds, worldsOf } from './worlds.ts'

const READ_TIMEOUT_MS = 60_000

/**
 * The ways in which a machine can move, the best one first. `byHand`: as a person would go them with the programs of a cloud, also where the console
 * does it. Only reads. Throws what {@link worldsOf} and a pre-flight do.
 */
export async function planTransfer(
  ports: LookOutPorts,
  spec: TransferSpec,
  signal: AbortSignal,
  { byHand }: { readonly byHand: boolean } = { byHand: false },
): Promise<TransferPlan> {
  const worlds = worldsOf(ports.inventory, spec)
  const found = byHand ? null : await byImages(ports, spec, worlds, signal)
  const { disks, ways, filled } = found ?? (await waysOf(ports, spec, worlds, signal))
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

/** Into a cloud and out of it where its connection takes and gives disks; null: it does not, or is away now. */
async function byImages(ports: LookOutPorts, spec: TransferSpec, worlds: Worlds, signal: AbortSignal): Promise<Found | null> {
  const goes = imagesGo(worlds, ports.links)
  if (goes === null) return null
  if (goes.way === 'into') {
    const looked = await lookIntoCloud(ports, worlds, goes.cloud, spec, signal)
    return { filled: spec, disks: looked.disks.map(shown), ways: [await intoCloudWay(looked)] }
  }
  const looked = await lookOutOfCloud(ports, worlds, goes.cloud, spec, signal)
  const disks = looked.disks.map(({ target, sizeBytes }) => ({ target, format: null, capacityBytes: sizeBytes, allocationBytes: null }))
  return { filled: spec, disks, ways: [outOfCloudWay(looked)] }
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
    return { filled: spec, disks, ways: [exportWay(worlds, fromCloud, disks, toCloud !== null, isAway(worlds, ports.links))] }
  }
  if (isCarried(worlds, ports.links)) {
    const looked = await lookCold(ports, spec, signal)
    const { disks, nics } = looked.preflight.spec
    const copied = looked.out.disks.filter(({ target }) => disks.some((one) => one.target === target && one.how === 'copy'))
    return { filled: { ...spec, disks, nics }, disks: copied.map(shown), ways: [consoleWay(looked), packageWay(worlds)] }
  }
  const { disks, isUefi } = await sentFrom(ports, worlds, signal)
  const ways = [
    toCloud ? await importWay({ worlds, cloud: toCloud, spec, disks, isUefi, isAway: isAway(worlds, ports.links) }) : packageWay(worlds),
  ]
  return { filled: spec, disks: disks.map(shown), ways }
}

interface Sent {
  readonly disks: readonly SentDisk[]
  readonly isUefi: boolean
}

/** What a package or an image is made of, by what the host's builder of machines tells of it. No disks: there is no link to it now. */
async function sentFrom({ links }: PreflightPorts, { machine, source }: Worlds, signal: AbortSignal): Promise<Sent> {
  const link = links.current(machine.connectionId)
  if (!link?.builder) return { disks: [], isUefi: false }
  const call = { signal, timeoutMs: READ_TIMEOUT_MS }
  const { disks, firmware } = await link.builder.source(machine.nativeRef, call)
  const own = disks.filter(({ copied }) => copied)
  const found = await Promise.all(
    own.map(async ({ place }) => (place && link.volumes ? await link.volumes.find(source.nativeRef, place, call) : null)),
  )
  return {
    disks: own.map(({ target, format, capacityBytes, allocationBytes }, index) => {
      const path = found[index]?.path ?? null
      return { target, format, capacityBytes, allocationBytes, path }
    }),
    isUefi: firmware !== 'bios',
  }
}

function shown({ target, format, capacityBytes, allocationBytes }: Omit<SentDisk, 'path'>): TransferPlan['disks'][number] {
  return { target, format, capacityBytes, allocationBytes }
}
