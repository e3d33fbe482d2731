import type { BuildInput } from '../../../../shared/contract/build.ts'
import { AppError, isAppError, type Json } from '../../../../shared/errors/index.ts'
import type {
  BuildFinding,
  BuildOptions,
  CloudId,
  MachineSpec,
  MigrationFinding,
  OsEntry,
  TransferSpec,
  VolumePlace,
} from '../../../../shared/model/index.ts'
import { type Blueprint, expandBuild } from '../../build/blueprint.ts'
import { type Place, placeOf } from '../../build/host-links.ts'
import { macsOn, volumeNames, volumesIn } from '../../build/known.ts'
import { buildRequest } from '../../build/plan.ts'
import type { RandomBytes } from '../../build/sha512-crypt.ts'
import type { PreflightPorts } from '../../migration/preflight.ts'
import { linkTo } from '../../migration/sides.ts'
import { guessOs } from '../../ova/ovf-os.ts'
import { exportsOf } from '../copy-cloud-ends.ts'
import type { Worlds } from '../worlds.ts'
import { type CloudDisk, cloudDisks } from './cloud-disks.ts'
import { outOfCloudFindings } from './out-of-cloud-findings.ts'

const READ_TIMEOUT_MS = 60_000
const MIN_MEMORY_MIB = 16
const KIB_PER_MIB = 1_024
const MIN_DISK_BYTES = 1_048_576
/** Pools whose volumes are files of one folder. */
const FOLDERS: ReadonlySet<string> = new Set(['dir', 'fs', 'netfs'])

export interface LookOutPorts extends PreflightPorts {
  /** What stands in the way of making such a machine with empty disks. */
  readonly check: (input: BuildInput, signal: AbortSignal) => Promise<{ readonly findings: readonly BuildFinding[] }>
  readonly randomBytes: RandomBytes
}

export interface LookedOut {
  readonly worlds: Worlds
  readonly cloud: CloudId
  readonly wish: TransferSpec
  /** At the host. */
  readonly name: string
  /** The one it boots from first. */
  readonly disks: readonly CloudDisk[]
  readonly places: readonly VolumePlace[]
  readonly spec: MachineSpec
  readonly findings: readonly MigrationFinding[]
  /** What defines the machine at the host once its disks are there: the plan of a build that makes none. */
  readonly build: Json
}

/** Looks at the machine in its cloud and at the host, and judges. Only reads. Throws `unreachable` link.not-live and what both say. */
export async function lookOutOfCloud(
  ports: LookOutPorts,
  worlds: Worlds,
  cloud: CloudId,
  wish: TransferSpec,
  signal: AbortSignal,
): Promise<LookedOut> {
  const { inventory, links } = ports
  const { machine, source, target } = worlds
  const call = { signal, timeoutMs: READ_TIMEOUT_MS }
  const out = exportsOf(linkTo(source, inventory, links))
  const place = placeOf(target.id, inventory, links)
  const options = await place.builder.options(target.nativeRef, call)
  const all = cloudDisks(machine, wish)
  const disks = all.filter(({ move }) => move?.how !== 'leave')
  const usual = usualPool(ports, target.id)
  const { entry, isSure } = guessOs({ id: null, names: [machine.os ?? machine.cloud?.platform ?? ''] }, null)
  const isWindows = entry.kind === 'windows' || machine.cloud?.platform === 'windows'
  const name = wish.rename ?? machine.name
  const poolOf = ({ move }: CloudDisk) => move?.pool ?? wish.pool ?? usual
  const spec = specOf({ options, entry, isWindows, wish, worlds, disks, poolOf: (disk) => poolOf(disk) ?? 'default' })
  const input: BuildInput = { hostId: target.id, name, count: 1, first: 1, cloudInit: null, spec, start: false }
  const blueprint = await blueprintOf(ports, place, input, entry, signal)
  const places = disks.flatMap(({ move }, index): VolumePlace[] => {
    const free = blueprint.disks[index]?.place
    const chosen = move?.volume ?? null
    return free ? [chosen === null ? free : { pool: free.pool, volume: chosen }] : []
  })
  const taken = await takenOf(places, place, signal)
  const ids = disks.map(({ id }) => id)
  const noPool = disks.some((disk) => poolOf(disk) === null)
  const said = disks.length > 0 && !noPool ? (await ports.check(input, signal)).findings : []
  return {
    worlds,
    cloud,
    wish,
    name,
    disks,
    places,
    spec,
    findings: [
      ...outOfCloudFindings({
        machine,
        wish,
        disks,
        leftBoot: all.length > 0 && all[0] !== disks[0],
        targetName: target.name,
        hostArch: options.arch,
        noPool,
        taken,
        isSure,
        osName: entry.name,
        isWindows,
        said,
      }),
      ...(await out.check(machine.nativeRef, ids, call)),
    ],
    build: planOf(blueprint, places, worlds, ports.clock.nowMs()),
  }
}

/** `default` where there is one, else the pool with the most room. Null: the host has none that holds files. */
function usualPool({ inventory }: PreflightPorts, hostId: string): string | null {
  const pools = [...inventory.all('pool')].filter((pool) => pool.hostId === hostId && pool.active && FOLDERS.has(pool.type))
  const [first] = pools.toSorted(
    (a, b) => Number(b.name === 'default') - Number(a.name === 'default') || (b.availableBytes ?? 0) - (a.availableBytes ?? 0),
  )
  return first?.name ?? null
}

interface SpecCase {
  readonly options: Pick<BuildOptions, 'defaults'>
  readonly entry: OsEntry
  readonly isWindows: boolean
  readonly wish: TransferSpec
  readonly worlds: Worlds
  readonly disks: readonly CloudDisk[]
  readonly poolOf: (disk: CloudDisk) => string
}

/** As the host would make it, with the processors and the memory that it has in its cloud. Raw disks: what a guest wrote decides nothing. */
function specOf({ options: { defaults }, entry, isWindows, wish, worlds: { machine }, disks, poolOf }: SpecCase): MachineSpec {
  const on = wish.nics[0]?.on ?? wish.network
  const usual = defaults.nics[0]?.source ?? { kind: 'network' as const, network: 'default' }
  const wished =
    on?.kind === 'network'
      ? { kind: 'network' as const, network: on.name }
      : on?.kind === 'bridge'
        ? { kind: 'bridge' as const, bridge: on.name, openVSwitch: false }
        : usual
  // Windows of a cloud has that cloud's drivers and no virtio; it has those of SATA and of Intel's cards from its makers
  return {
    ...defaults,
    os: entry.id,
    title: null,
    description: null,
    tags: [],
    firmware: 'bios',
    tpm: false,
    cpu: { ...defaults.cpu, vcpus: Math.max(1, machine.vcpus), topology: null },
    memoryMiB: Math.max(MIN_MEMORY_MIB, Math.round(machine.memoryKiB / KIB_PER_MIB)),
    disks: disks.map((disk) => ({
      source: { kind: 'new', pool: poolOf(disk), sizeBytes: Math.max(disk.sizeBytes, MIN_DISK_BYTES), format: 'raw' },
      bus: isWindows ? 'sata' : 'virtio',
      cache: 'default',
      discard: true,
      ioThread: false,
    })),
    media: [],
    nics: [{ source: wished, vlan: null, model: isWindows ? 'e1000e' : 'virtio', mac: null }],
    boot: ['disk'],
    video: entry.video,
  }
}

/** Names and addresses that nothing on the host has. */
async function blueprintOf(
  { inventory, randomBytes }: LookOutPorts,
  { host, builder, keeper }: Place,
  input: BuildInput,
  entry: OsEntry,
  signal: AbortSignal,
): Promise<Blueprint> {
  const pools = [...new Set(input.spec.disks.map(({ source }) => source.pool))]
  const volumes = volumeNames(await volumesIn(pools, keeper, host.nativeRef, signal))
  const [blueprint] = expandBuild(input, entry, { randomBytes, volumes, macs: macsOn(host, builder, inventory).keys() })
  if (blueprint) return blueprint
  throw new AppError({ kind: 'bug', code: 'bug.nothing-to-make', message: 'A move of no machine at all.' })
}

async function takenOf(places: readonly VolumePlace[], { host, keeper }: Place, signal: AbortSignal): Promise<readonly VolumePlace[]> {
  const call = { signal, timeoutMs: READ_TIMEOUT_MS }
  const found = await Promise.all(
    places.map((place) =>
      keeper.find(host.nativeRef, place, call).catch((thrown: unknown) => {
        // a pool that is not there, or off, holds nothing of that name, and is said by itself; one that cannot be read is not taken to be free
        if (isAppError(thrown) && (thrown.kind === 'not-found' || thrown.kind === 'precondition')) return null
        throw thrown
      }),
    ),
  )
  return places.filter((_place, index) => found[index] !== null)
}

function planOf({ definition }: Blueprint, places: readonly VolumePlace[], { target }: Worlds, askedAtMs: number): Json {
  const named = definition.kind === 'new' ? { ...definition, disks: places } : definition
  return buildRequest(
    { definition: named, disks: [], seed: null },
    {
      kind: 'machine.create',
      host: { id: target.id, ref: target.nativeRef, name: target.name },
      connectionId: target.connectionId,
      askedAtMs,
      start: false,
      source: null,
      bytesOf: () => 0,
    },
  ).plan
}
