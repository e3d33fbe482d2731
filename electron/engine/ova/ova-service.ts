import type { BuildInput } from '../../../shared/contract/build.ts'
import type { OvaImportInput } from '../../../shared/contract/ova.ts'
import type { BuildFinding, OvaContents, Pool, PoolId, TaskId, VolumePlace } from '../../../shared/model/index.ts'
import type { Clock } from '../../providers/provider.ts'
import { expandBuild } from '../build/blueprint.ts'
import { blocks, ordered, refuseBlocked } from '../build/finding.ts'
import { type Place, placeOf } from '../build/host-links.ts'
import { macsOn, READ_TIMEOUT_MS, volumeNames, volumesIn } from '../build/known.ts'
import { osById } from '../build/os-catalogue.ts'
import { buildRequest } from '../build/plan.ts'
import type { RandomBytes } from '../build/sha512-crypt.ts'
import type { InventoryReader, Links } from '../ports.ts'
import { DoubleClicks } from '../tasks/double-click.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import { type ImportPlan, importRequest, type PartPlan } from './import-plan.ts'
import { problem } from './ova-errors.ts'
import type { OvaExports, Taken } from './ova-exports.ts'
import { type OvaPackage, openPackage, partOf } from './ova-package.ts'
import type { OvfDisk } from './ovf.ts'
import { type Proposal, proposeMachine } from './ovf-spec.ts'
import { packageFindings } from './package-findings.ts'
import { type ExportOrder, planExport } from './plan-export.ts'

export interface OvaServiceOptions {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly tasks: { submit(request: TaskRequest, author: TaskAuthor): Promise<{ readonly id: TaskId }> }
  /** What stands in the way of making such a machine with empty disks. */
  readonly check: (input: BuildInput, signal: AbortSignal) => Promise<{ readonly findings: BuildFinding[] }>
  readonly exports: OvaExports
  /** Keeps a channel for whoever brings the token. */
  readonly offer: (channel: Taken['channel']) => string
  readonly clock: Clock
  readonly randomBytes: RandomBytes
}

interface Opened {
  readonly place: Place
  readonly source: VolumePlace
  readonly ova: OvaPackage
  readonly proposal: Proposal
  readonly findings: readonly BuildFinding[]
}

/** Machines out of packages, and packages out of machines. */
export class OvaService {
  readonly #options: OvaServiceOptions
  readonly #imports: DoubleClicks<{ taskId: TaskId }>
  readonly #exports: DoubleClicks<{ taskId: TaskId; exportId: string; leftOut: string[] }>

  constructor(options: OvaServiceOptions) {
    this.#options = options
    this.#imports = new DoubleClicks(options.clock)
    this.#exports = new DoubleClicks(options.clock)
  }

  /** `pool`: where the disks are to go; absent: beside the package. */
  async inspect(poolId: PoolId, name: string, pool: string | undefined, signal: AbortSignal): Promise<OvaContents> {
    const { ova, proposal, findings } = await this.#open(poolId, name, pool, signal)
    const { system } = ova.ovf
    return {
      name: system.name,
      sizeBytes: ova.sizeBytes,
      guest: system.os.names[0] ?? null,
      disks: disksOf(ova).map((disk) => {
        const part = partOf(ova, disk)
        return {
          file: part?.name ?? null,
          sizeBytes: part?.sizeBytes ?? 0,
          capacityBytes: disk.capacityBytes,
          format: part?.format ?? null,
        }
      }),
      networks: [...ova.ovf.networks],
      manifest: [...(ova.digests?.values() ?? [])][0]?.algorithm ?? null,
      spec: proposal.spec,
      findings: ordered([...findings, ...proposal.findings]),
    }
  }

  async check(input: OvaImportInput, signal: AbortSignal): Promise<BuildFinding[]> {
    return this.#examine(input, await this.#open(input.poolId, input.name, undefined, signal), signal)
  }

  /** Throws build.blocked when the check finds what blocks. */
  import(input: OvaImportInput, author: TaskAuthor, signal: AbortSignal, token?: string): Promise<{ taskId: TaskId }> {
    return this.#imports.once([author.actor, 'import'], token, async () => {
      const opened = await this.#open(input.poolId, input.name, undefined, signal)
      refuseBlocked(await this.#examine(input, opened, signal))
      const request = await this.#request(input, opened, signal)
      const { id } = await this.#options.tasks.submit(request, author)
      return { taskId: id }
    })
  }

  export(
    order: ExportOrder,
    author: TaskAuthor,
    signal: AbortSignal,
    token?: string,
  ): Promise<{ taskId: TaskId; exportId: string; leftOut: string[] }> {
    return this.#exports.once([author.actor, 'export'], token, async () => {
      const { request, exportId, leftOut } = await planExport(order, this.#options, signal)
      const { id } = await this.#options.tasks.submit(request, author)
      return { taskId: id, exportId, leftOut }
    })
  }

  async download(exportId: string, signal: AbortSignal): Promise<{ token: string; sizeBytes: number; fileName: string }> {
    const { channel, ...facts } = await this.#options.exports.take(exportId, signal)
    return { token: this.#options.offer(channel), ...facts }
  }

  async #open(poolId: PoolId, name: string, pool: string | undefined, signal: AbortSignal): Promise<Opened> {
    const { inventory, links } = this.#options
    const known = knownPool(inventory, poolId)
    const place = placeOf(known.hostId, inventory, links)
    const source = { pool: known.name, volume: name }
    const { nativeRef } = place.host
    const call = { signal, timeoutMs: READ_TIMEOUT_MS }
    const ova = await openPackage(place.keeper, nativeRef, source, call)
    const { defaults, networks } = await place.builder.options(nativeRef, call)
    const proposal = proposeMachine(ova.ovf, { defaults, pool: pool ?? known.name, networks: networks.map((network) => network.name) })
    const abilities = await place.keeper.abilities(nativeRef, call)
    return { place, source, ova, proposal, findings: packageFindings(ova, abilities) }
  }

  async #examine(input: OvaImportInput, { place, ova, findings }: Opened, signal: AbortSignal): Promise<BuildFinding[]> {
    const said = await this.#options.check(buildInputOf(input, place), signal)
    const own = said.findings.map((finding) => (finding.field === 'name' ? { ...finding, field: 'machine', mend: null } : finding))
    return ordered([...findings, ...diskFindings(input, disksOf(ova)), ...own])
  }

  async #request(input: OvaImportInput, { place, source, ova }: Opened, signal: AbortSignal): Promise<TaskRequest> {
    const { host, builder, keeper } = place
    const { clock, inventory, randomBytes } = this.#options
    const os = osById(input.spec.os)
    if (!os)
      throw problem('invalid-input', 'ova.unknown-os', `The catalogue has no operating system “${input.spec.os}”.`, { os: input.spec.os })
    const pools = [...new Set(input.spec.disks.map((disk) => disk.source.pool))]
    const volumes = volumeNames(await volumesIn(pools, keeper, host.nativeRef, signal))
    const [blueprint] = expandBuild(buildInputOf(input, place), os, { randomBytes, volumes, macs: macsOn(host, builder, inventory).keys() })
    if (!blueprint) throw problem('bug', 'ova.nothing-to-make', 'An import of no machine at all.')
    const built = buildRequest(blueprint, {
      kind: 'machine.create',
      host: { id: host.id, ref: host.nativeRef, name: host.name },
      connectionId: host.connectionId,
      askedAtMs: clock.nowMs(),
      start: input.start,
      source: null,
      bytesOf: () => 0,
    })
    return importRequest(built, {
      package: source,
      parts: blueprint.disks.map((_, index) => partPlan(ova, disksOf(ova)[index])),
      verify: input.verify ? verifyPlan(ova) : [],
      removePackage: input.removePackage,
    })
  }
}

function knownPool(inventory: InventoryReader, poolId: PoolId): Pool {
  const pool = inventory.get('pool', poolId)
  if (pool) return pool
  throw problem('not-found', 'ova.no-pool', 'There is no such pool any more.', { poolId })
}

/** Those of the machine, in the order of its drives. */
function disksOf({ ovf }: OvaPackage): readonly OvfDisk[] {
  return ovf.system.drives.flatMap(({ diskId }) => ovf.disks.find(({ id }) => id === diskId) ?? [])
}

function buildInputOf(input: OvaImportInput, { host }: Place): BuildInput {
  return { hostId: host.id, name: input.machine, count: 1, first: 1, cloudInit: null, spec: input.spec, start: input.start }
}

/** The specification may be changed, but the package’s disks stay its first, and are made anew. */
function diskFindings({ spec }: OvaImportInput, disks: readonly OvfDisk[]): BuildFinding[] {
  return disks.flatMap((_, index) => {
    if (spec.disks[index]?.source.kind === 'new') return []
    const text = `Disk ${index + 1} is one of the package: it has to be a new disk, in a pool and a format.`
    return [blocks({ code: 'ova.disk-not-new', field: `spec.disks.${index}`, text, params: { number: index + 1 } })]
  })
}

function partPlan(ova: OvaPackage, disk: OvfDisk | undefined): PartPlan | null {
  const part = disk && partOf(ova, disk)
  if (!part || part.format === null) return null
  return { name: part.name, offset: part.offset, sizeBytes: part.sizeBytes, format: part.format }
}

/** Every disk that the manifest speaks of; the descriptor has been compared when the package was opened. */
function verifyPlan(ova: OvaPackage): ImportPlan['verify'] {
  return disksOf(ova).flatMap((disk) => {
    const part = partOf(ova, disk)
    const digest = part && ova.digests?.get(part.name)
    return part && digest ? [{ name: part.name, offset: part.offset, sizeBytes: part.sizeBytes, digest }] : []
  })
}
