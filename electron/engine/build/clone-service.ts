import { type CloneInput, cloneInput } from '../../../shared/contract/build.ts'
import {
  type BuildFinding,
  type BuildPreview,
  type CloneSource,
  type Machine,
  type MachineId,
  namesOf,
  type Template,
} from '../../../shared/model/index.ts'
import { knownMachine } from '../machines/machine-links.ts'
import { DoubleClicks } from '../tasks/double-click.ts'
import type { TaskAuthor } from '../tasks/task-kind.ts'
import { addressFindings } from './address-findings.ts'
import { type Begun, type BuildServiceOptions, begin, type Checked, sizesOf } from './begin.ts'
import { type Blueprint, type ExpandOptions, expandClone, firstOf } from './blueprint.ts'
import { cloneFindings } from './clone-findings.ts'
import { ordered, refuseBlocked } from './finding.ts'
import { hostFindings } from './host-findings.ts'
import { type Place, placeOf } from './host-links.ts'
import { addressesOn, macsOn, namesOn, READ_TIMEOUT_MS, volumeNames, volumesIn } from './known.ts'
import { nameFindings } from './name-findings.ts'
import type { BuildKind } from './plan.ts'
import { seedFindings } from './seed-findings.ts'

export interface TemplateOrder {
  readonly machineId: MachineId
  readonly family: string
  readonly changeable: Template['changeable']
  readonly description?: string | undefined
  readonly pool: string | null
}

/** What an order was found to be: where, of what, and what it comes to. */
interface Examined {
  readonly place: Place
  readonly machine: Machine
  readonly blueprints: readonly Blueprint[]
  readonly findings: readonly BuildFinding[]
}

/** Makes machines from one that is there: clones, and templates for more of them. */
export class CloneService {
  readonly #options: BuildServiceOptions
  readonly #clicks: DoubleClicks<Begun & { readonly version: number }>

  constructor(options: BuildServiceOptions) {
    this.#options = options
    this.#clicks = new DoubleClicks(options.clock)
  }

  async source(machineId: MachineId, signal: AbortSignal): Promise<CloneSource> {
    const { machine, place } = this.#original(machineId)
    return { ...(await place.builder.source(machine.nativeRef, { signal, timeoutMs: READ_TIMEOUT_MS })), machineId }
  }

  async check(input: CloneInput, signal: AbortSignal): Promise<Checked> {
    const { findings } = await this.#examine(input, null, signal)
    return { names: namesOf(input.name, input.count, input.first), findings: [...findings] }
  }

  async preview(input: CloneInput, signal: AbortSignal): Promise<BuildPreview> {
    const { place, machine } = this.#original(input.machineId)
    const source = await this.source(input.machineId, signal)
    const definition = firstOf(this.#expand(input, source, machine, null, { volumes: new Map(), macs: [] }))
    const answer = await place.builder.preview(place.host.nativeRef, definition, { signal, timeoutMs: READ_TIMEOUT_MS })
    return { name: definition.name, ...answer }
  }

  /** Starts one task, with a child a machine when there are several. Throws build.blocked when the check finds what blocks. */
  async clone(input: CloneInput, author: TaskAuthor, signal: AbortSignal, token?: string): Promise<Begun> {
    const { taskId, names } = await this.#clicks.once([author.actor, 'clone'], token, async () => ({
      ...(await this.#begin('machine.clone', input, null, author, signal)),
      version: 0,
    }))
    return { taskId, names }
  }

  /** Starts the task that makes the next version of a template's family. Throws build.blocked when something stands in the way. */
  makeTemplate(
    order: TemplateOrder,
    author: TaskAuthor,
    signal: AbortSignal,
    token?: string,
  ): Promise<Begun & { readonly version: number }> {
    return this.#clicks.once([author.actor, 'makeTemplate'], token, async () => {
      const { machineId, family, changeable, description, pool } = order
      const { place } = this.#original(machineId)
      const version = this.#nextVersion(family, place)
      const changes = description === undefined ? {} : { description }
      const input = cloneInput.parse({ machineId, name: templateName(family, version), mode: 'full', pool, changes, start: false })
      return { ...(await this.#begin('machine.makeTemplate', input, { family, version, changeable }, author, signal)), version }
    })
  }

  /** One above the highest there is on that connection; a number whose name some other machine bears is passed over. */
  #nextVersion(family: string, { host }: Place): number {
    let version = 1
    for (const { connectionId, template } of this.#options.inventory.all('machine')) {
      if (connectionId === host.connectionId && template?.family === family) version = Math.max(version, template.version + 1)
    }
    const names = namesOn(host, this.#options.inventory)
    while (names.has(templateName(family, version))) version += 1
    return version
  }

  async #begin(kind: BuildKind, input: CloneInput, template: Template | null, author: TaskAuthor, signal: AbortSignal): Promise<Begun> {
    const { place, machine, blueprints, findings } = await this.#examine(input, template, signal)
    refuseBlocked(findings)
    const { host, keeper } = place
    const order = {
      kind,
      host: { id: host.id, ref: host.nativeRef, name: host.name },
      connectionId: host.connectionId,
      askedAtMs: this.#options.clock.nowMs(),
      start: input.start,
      source: { id: machine.id, name: machine.name },
      bytesOf: await sizesOf(blueprints, keeper, host.nativeRef, signal),
    }
    return await begin(this.#options, blueprints, order, input.cloudInit, author)
  }

  async #examine(input: CloneInput, template: Template | null, signal: AbortSignal): Promise<Examined> {
    const { inventory } = this.#options
    const { machine, place } = this.#original(input.machineId)
    const { host, builder, keeper } = place
    const source = await this.source(input.machineId, signal)
    const pools = source.disks.flatMap((disk) => (disk.copied && disk.place ? [input.pool ?? disk.place.pool] : []))
    const volumes = await volumesIn([...new Set(pools)], keeper, host.nativeRef, signal)
    const macs = macsOn(host, builder, inventory)
    const blueprints = this.#expand(input, source, machine, template, { volumes: volumeNames(volumes), macs: macs.keys() })
    const own = [
      ...hostFindings(host),
      ...nameFindings(input, namesOn(host, inventory)),
      // what is made to copy from is never started, and has no need of its own identity
      ...cloneFindings(input, source, machine, macs).filter(({ code }) => template === null || !ONLY_OF_CLONES.has(code)),
      ...addressFindings(input, (input.changes.nics ?? source.nics).length, addressesOn(host, inventory)),
      ...seedFindings(input.cloudInit),
    ]
    const call = { signal, timeoutMs: READ_TIMEOUT_MS }
    const said = await builder.check(host.nativeRef, firstOf(blueprints), input.count, call)
    return { place, machine, blueprints, findings: ordered([...own, ...said]) }
  }

  #expand(
    input: CloneInput,
    source: CloneSource,
    machine: Machine,
    template: Template | null,
    known: Omit<ExpandOptions, 'randomBytes'>,
  ): Blueprint[] {
    return expandClone(input, source, machine.nativeRef, template, { randomBytes: this.#options.randomBytes, ...known })
  }

  #original(machineId: MachineId): { machine: Machine; place: Place } {
    const { inventory, links } = this.#options
    const machine = knownMachine(inventory, machineId)
    return { machine, place: placeOf(machine.hostId, inventory, links) }
  }
}

const ONLY_OF_CLONES: ReadonlySet<string> = new Set(['build.same-identity', 'build.template-fixed'])

const templateName = (family: string, version: number) => `${family}-v${version}`
