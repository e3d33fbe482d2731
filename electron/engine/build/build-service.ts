import type { BuildInput } from '../../../shared/contract/build.ts'
import { AppError } from '../../../shared/errors/index.ts'
import { type BuildFinding, type BuildOptions, type BuildPreview, type HostId, namesOf, type OsEntry } from '../../../shared/model/index.ts'
import { DoubleClicks } from '../tasks/double-click.ts'
import type { TaskAuthor } from '../tasks/task-kind.ts'
import { addressFindings } from './address-findings.ts'
import { type Begun, type BuildServiceOptions, begin, type Checked, sizesOf } from './begin.ts'
import { type Blueprint, expandBuild, firstOf, poolsOf } from './blueprint.ts'
import { ordered, refuseBlocked } from './finding.ts'
import { hostFindings } from './host-findings.ts'
import { type Place, placeOf } from './host-links.ts'
import { addressesOn, macsOn, namesOn, READ_TIMEOUT_MS, volumeNames, volumesIn } from './known.ts'
import { nameFindings } from './name-findings.ts'
import { osById } from './os-catalogue.ts'
import type { Order } from './plan.ts'
import { seedFindings } from './seed-findings.ts'
import { specFindings } from './spec-findings.ts'

/** Makes machines: what a host can build, what stands in the way, and the tasks that do it. */
export class BuildService {
  readonly #options: BuildServiceOptions
  readonly #clicks: DoubleClicks<Begun>

  constructor(options: BuildServiceOptions) {
    this.#options = options
    this.#clicks = new DoubleClicks(options.clock)
  }

  async options(hostId: HostId, signal: AbortSignal): Promise<BuildOptions> {
    const { inventory } = this.#options
    const { host, builder } = this.#place(hostId)
    const options = await builder.options(host.nativeRef, { signal, timeoutMs: READ_TIMEOUT_MS })
    const pools = [...inventory.all('pool')]
      .filter((pool) => pool.hostId === hostId)
      .map(({ id, name, type, active, availableBytes, target }) => ({ id, name, type, active, availableBytes, path: target }))
      .toSorted((a, b) => a.name.localeCompare(b.name))
    return { ...options, hostId, hostName: host.name, pools }
  }

  /** The processor that every one of these hosts can give to a machine. */
  async commonCpu(hostIds: readonly HostId[], signal: AbortSignal): Promise<Pick<BuildInput['spec']['cpu'], 'model' | 'features'>> {
    const call = { signal, timeoutMs: READ_TIMEOUT_MS }
    const places = [...new Set(hostIds)].map((id) => this.#place(id))
    const cpus = await Promise.all(places.map(({ builder, host }) => builder.hostCpu(host.nativeRef, call)))
    const [first] = places
    return first ? await first.builder.commonCpu(first.host.nativeRef, cpus, call) : { model: undefined, features: [] }
  }

  async check(input: BuildInput, signal: AbortSignal): Promise<Checked> {
    const { findings } = await this.#examine(input, signal)
    return { names: namesOf(input.name, input.count, input.first), findings }
  }

  async preview(input: BuildInput, signal: AbortSignal): Promise<BuildPreview> {
    const { host, builder } = this.#place(input.hostId)
    const definition = firstOf(this.#expand(input, new Map(), []))
    return { name: definition.name, ...(await builder.preview(host.nativeRef, definition, { signal, timeoutMs: READ_TIMEOUT_MS })) }
  }

  /** Starts one task, with a child a machine when there are several. Throws build.blocked when the check finds what blocks. */
  create(input: BuildInput, author: TaskAuthor, signal: AbortSignal, token?: string): Promise<Begun> {
    return this.#clicks.once([author.actor, 'create'], token, async () => {
      const { place, blueprints, findings } = await this.#examine(input, signal)
      refuseBlocked(findings)
      const { host, keeper } = place
      const order: Order = {
        kind: 'machine.create',
        host: { id: host.id, ref: host.nativeRef, name: host.name },
        connectionId: host.connectionId,
        askedAtMs: this.#options.clock.nowMs(),
        start: input.start,
        source: null,
        bytesOf: await sizesOf(blueprints, keeper, host.nativeRef, signal),
      }
      return await begin(this.#options, blueprints, order, input.cloudInit, author)
    })
  }

  async #examine(input: BuildInput, signal: AbortSignal): Promise<{ place: Place; blueprints: Blueprint[]; findings: BuildFinding[] }> {
    const { inventory } = this.#options
    const place = this.#place(input.hostId)
    const { host, builder, keeper } = place
    const volumes = await volumesIn(poolsOf(input), keeper, host.nativeRef, signal)
    const macs = macsOn(host, builder, inventory)
    const blueprints = this.#expand(input, volumeNames(volumes), macs.keys())
    const own = [
      ...hostFindings(host),
      ...nameFindings(input, namesOn(host, inventory)),
      ...addressFindings(input, input.spec.nics.length, addressesOn(host, inventory)),
      ...specFindings(input, volumes, macs),
      ...seedFindings(input.cloudInit),
    ]
    const call = { signal, timeoutMs: READ_TIMEOUT_MS }
    const said = await builder.check(host.nativeRef, firstOf(blueprints), input.count, call)
    return { place, blueprints, findings: ordered([...own, ...said]) }
  }

  #expand(input: BuildInput, volumes: ReadonlyMap<string, readonly string[]>, macs: Iterable<string>): Blueprint[] {
    return expandBuild(input, knownOs(input.spec.os), { randomBytes: this.#options.randomBytes, volumes, macs })
  }

  #place(hostId: HostId): Place {
    return placeOf(hostId, this.#options.inventory, this.#options.links)
  }
}

/** Throws `invalid-input` build.unknown-os. */
function knownOs(id: string): OsEntry {
  const os = osById(id)
  if (os) return os
  throw new AppError({
    kind: 'invalid-input',
    code: 'build.unknown-os',
    message: `The catalogue has no operating system “${id}”. Choose one of it, or a general one.`,
    details: { os: id },
  })
}
