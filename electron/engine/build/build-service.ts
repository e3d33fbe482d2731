import type { BuildInput } from '../../../shared/contract/build.ts'
import { AppError } from '../../../shared/errors/index.ts'
import {
  type BuildFinding,
  type BuildOptions,
  type BuildPreview,
  type HostId,
  namesOf,
  type OsEntry,
  type TaskId,
} from '../../../shared/model/index.ts'
import type { Clock, MachineDefinition, VolumeKeeper } from '../../providers/provider.ts'
import type { InventoryReader, Links } from '../ports.ts'
import { DoubleClicks } from '../tasks/double-click.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import { addressFindings } from './address-findings.ts'
import { type Blueprint, expandBuild, poolsOf } from './blueprint.ts'
import type { BuildSecrets } from './build-secrets.ts'
import { ordered, refuseBlocked } from './finding.ts'
import { type Place, placeOf } from './host-links.ts'
import { addressesOn, namesOn, READ_TIMEOUT_MS, volumeNames, volumesIn } from './known.ts'
import { nameFindings } from './name-findings.ts'
import { osById } from './os-catalogue.ts'
import { buildRequest, type Order } from './plan.ts'
import { seedFindings } from './seed-findings.ts'
import { hashPassword, type RandomBytes } from './sha512-crypt.ts'
import { specFindings } from './spec-findings.ts'

export interface BuildServiceOptions {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly tasks: {
    submit(request: TaskRequest, author: TaskAuthor): Promise<{ readonly id: TaskId }>
    submitBulk(requests: readonly TaskRequest[], author: TaskAuthor): Promise<{ readonly id: TaskId }>
  }
  readonly secrets: BuildSecrets
  readonly clock: Clock
  readonly randomBytes: RandomBytes
}

export interface Checked {
  readonly names: string[]
  readonly findings: BuildFinding[]
}

export interface Begun {
  readonly taskId: TaskId
  readonly names: string[]
}

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
    const definition = firstOf(this.#expand(input, new Map()))
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
      return await this.#begin(blueprints, order, input, author)
    })
  }

  async #begin(blueprints: readonly Blueprint[], order: Order, input: Pick<BuildInput, 'cloudInit'>, author: TaskAuthor): Promise<Begun> {
    const { tasks, secrets } = this.#options
    const requests = blueprints.map((blueprint) => buildRequest(blueprint, order))
    const uuids = blueprints.map(({ definition }) => definition.uuid)
    try {
      await this.#keepSecrets(blueprints, input)
      const [only] = requests
      const task = requests.length === 1 && only ? await tasks.submit(only, author) : await tasks.submitBulk(requests, author)
      return { taskId: task.id, names: blueprints.map(({ definition }) => definition.name) }
    } catch (thrown) {
      for (const uuid of uuids) await secrets.forget(uuid)
      throw thrown
    }
  }

  async #keepSecrets(blueprints: readonly Blueprint[], { cloudInit }: Pick<BuildInput, 'cloudInit'>): Promise<void> {
    const password = cloudInit?.user?.password
    const { randomBytes, secrets } = this.#options
    // one salt for all: they share the password by the same order
    const passwordHash = password === undefined ? undefined : hashPassword(password, randomBytes)
    for (const { definition, seed } of blueprints) {
      if (!seed) continue
      await secrets.keep(definition.uuid, {
        passwordHash: seed.withPassword ? passwordHash : undefined,
        userData: seed.withUserData ? cloudInit?.userData : undefined,
      })
    }
  }

  async #examine(input: BuildInput, signal: AbortSignal): Promise<{ place: Place; blueprints: Blueprint[]; findings: BuildFinding[] }> {
    const { inventory } = this.#options
    const place = this.#place(input.hostId)
    const { host, builder, keeper } = place
    const volumes = await volumesIn(poolsOf(input), keeper, host.nativeRef, signal)
    const blueprints = this.#expand(input, volumeNames(volumes))
    const own = [
      ...nameFindings(input, namesOn(host, inventory)),
      ...addressFindings(input, input.spec.nics.length, addressesOn(host, inventory)),
      ...specFindings(input, volumes),
      ...seedFindings(input.cloudInit),
    ]
    const call = { signal, timeoutMs: READ_TIMEOUT_MS }
    const said = await builder.check(host.nativeRef, firstOf(blueprints), input.count, call)
    return { place, blueprints, findings: ordered([...own, ...said]) }
  }

  #expand(input: BuildInput, volumes: ReadonlyMap<string, readonly string[]>): Blueprint[] {
    return expandBuild(input, knownOs(input.spec.os), { randomBytes: this.#options.randomBytes, volumes })
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

/** A count is at least one. */
function firstOf(blueprints: readonly Blueprint[]): MachineDefinition {
  const [first] = blueprints
  if (!first) throw new RangeError('no machine to make')
  return first.definition
}

/** How many bytes a copy of each volume that is copied takes. */
async function sizesOf(
  blueprints: readonly Blueprint[],
  keeper: VolumeKeeper,
  hostRef: string,
  signal: AbortSignal,
): Promise<Order['bytesOf']> {
  const sizes = new Map<string, number>()
  const [first] = blueprints
  for (const { request } of first?.disks ?? []) {
    if (request.kind !== 'copy') continue
    const found = await keeper.find(hostRef, request.from, { signal, timeoutMs: READ_TIMEOUT_MS })
    sizes.set(JSON.stringify(request.from), found?.allocationBytes ?? 0)
  }
  return (place) => sizes.get(JSON.stringify(place)) ?? 0
}
