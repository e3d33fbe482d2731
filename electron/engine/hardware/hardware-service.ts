import type {
  DefinitionVersion,
  EditTime,
  HardwareEdit,
  HardwareOptions,
  HardwarePreview,
  HardwareView,
  Host,
  Machine,
  MachineId,
  TaskId,
} from '../../../shared/model/index.ts'
import type { Clock, HardwareEditor, ProviderConnection } from '../../providers/provider.ts'
import { keeperOf, weightOf } from '../build/disk-step.ts'
import { newMac } from '../build/identities.ts'
import { macsOn } from '../build/known.ts'
import type { DiskPlan } from '../build/plan.ts'
import type { RandomBytes } from '../build/sha512-crypt.ts'
import { knownHost } from '../known-hosts.ts'
import { knownMachine, linkOf } from '../machines/machine-links.ts'
import type { InventoryReader, Links } from '../ports.ts'
import { DoubleClicks } from '../tasks/double-click.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import type { DefinitionHistory } from './definition-history.ts'
import { freeVolumeName } from './free-name.ts'
import { changedMeanwhile, editorOf, machineBusy, needPossible, versionUnknown } from './hardware-errors.ts'
import { editRequest } from './hardware-task.ts'
import { restartRequest } from './restart-kind.ts'
import { underName } from './under-name.ts'

const READ_TIMEOUT_MS = 60_000
/** Of an empty disk or an overlay, which only gets its first blocks. */
const FEW_BYTES = 1_048_576

export interface HardwareServiceOptions {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly tasks: {
    busyWith(targetId: string): string | undefined
    submit(request: TaskRequest, author: TaskAuthor): Promise<{ readonly id: TaskId }>
  }
  readonly history: DefinitionHistory
  readonly clock: Clock
  readonly randomBytes: RandomBytes
}

export interface EditInput {
  readonly machineId: MachineId
  readonly edit: HardwareEdit
  readonly when: EditTime
  readonly revision: string
  readonly token?: string | undefined
}

export interface RestartInput {
  readonly machineId: MachineId
  /** Powered off: what the guest has not written is lost. */
  readonly force: boolean
  readonly token?: string | undefined
}

interface Place {
  readonly machine: Machine
  readonly host: Host
  readonly link: ProviderConnection
  readonly editor: HardwareEditor
}

/** An edit as the provider is asked for it, and the volume that has to be made before. */
interface Readied {
  readonly edit: HardwareEdit
  readonly disk: DiskPlan | null
}

/** Virtual hardware of machines: what it is, what an edit would do, and edits as tasks. */
export class HardwareService {
  readonly #options: HardwareServiceOptions
  readonly #clicks: DoubleClicks<TaskId>

  constructor(options: HardwareServiceOptions) {
    this.#options = options
    this.#clicks = new DoubleClicks(options.clock)
  }

  async view(id: MachineId, signal: AbortSignal): Promise<HardwareView> {
    return await this.#view(this.#place(id), signal)
  }

  async options(id: MachineId, signal: AbortSignal): Promise<HardwareOptions> {
    const { machine, editor } = this.#place(id)
    return await editor.options(machine.nativeRef, { signal, timeoutMs: READ_TIMEOUT_MS })
  }

  async preview(id: MachineId, edit: HardwareEdit, signal: AbortSignal): Promise<HardwarePreview> {
    const place = this.#place(id)
    const named = await this.#named(place, edit, signal)
    return await place.editor.preview(place.machine.nativeRef, named, { signal, timeoutMs: READ_TIMEOUT_MS })
  }

  /** Throws `conflict` hardware.changed-meanwhile, `precondition` machine.busy, and why the edit cannot be done. */
  apply(input: EditInput, author: TaskAuthor, signal: AbortSignal): Promise<TaskId> {
    return this.#clicks.once([author.actor, input.machineId], input.token, () => this.#apply(input, author, signal))
  }

  /** So that what waits for the next start counts. Throws `precondition` machine.busy. */
  restart({ machineId, force, token }: RestartInput, author: TaskAuthor): Promise<TaskId> {
    return this.#clicks.once([author.actor, machineId], token, async () => {
      const { tasks } = this.#options
      const { machine } = this.#place(machineId)
      const busy = tasks.busyWith(machineId)
      if (busy !== undefined) throw machineBusy(machine.name, busy)
      return (await tasks.submit(restartRequest(machine, force), author)).id
    })
  }

  async history(id: MachineId, limit: number): Promise<readonly DefinitionVersion[]> {
    return await this.#options.history.list(id, limit)
  }

  /** `back`: what takes it back where the machine has been renamed since. Throws `not-found` hardware.version-unknown. */
  async version(id: MachineId, versionId: string): Promise<{ xml: string; after: string | null; back: ReturnType<typeof underName> }> {
    const { history, inventory } = this.#options
    const found = await history.version(id, versionId)
    if (!found) throw versionUnknown(versionId)
    const machine = inventory.get('machine', id)
    return { xml: found.xml, after: found.after, back: machine ? underName(found.xml, machine.name) : null }
  }

  async #apply({ machineId, edit, when, revision }: EditInput, author: TaskAuthor, signal: AbortSignal): Promise<TaskId> {
    const { tasks } = this.#options
    const place = this.#place(machineId)
    const { machine, host, editor } = place
    const busy = tasks.busyWith(machineId)
    if (busy !== undefined) throw machineBusy(machine.name, busy)
    const view = await this.#view(place, signal)
    if (view.revision !== revision) throw changedMeanwhile(machine.name, view)
    const named = await this.#named(place, edit, signal)
    needPossible(await editor.preview(machine.nativeRef, named, { signal, timeoutMs: READ_TIMEOUT_MS }), when)
    const readied = await this.#readied(place, named, signal)
    return (await tasks.submit(editRequest(machine, { hostRef: host.nativeRef, when, revision, ...readied }), author)).id
  }

  async #view({ machine, editor }: Place, signal: AbortSignal): Promise<HardwareView> {
    const { tasks, history } = this.#options
    const view = await editor.view(machine.nativeRef, { signal, timeoutMs: READ_TIMEOUT_MS })
    // what is just being changed here is nobody else's doing
    if (tasks.busyWith(machine.id) === undefined) await history.saw(machine.id, view.keptXml)
    return view
  }

  /** A new volume with the name that it will have, a new card with its address. */
  async #named({ machine, host, link }: Place, edit: HardwareEdit, signal: AbortSignal): Promise<HardwareEdit> {
    if (edit.edit === 'addNic' && edit.nic.mac === null) {
      const taken = link.builder ? macsOn(host, link.builder, this.#options.inventory) : new Map()
      return { ...edit, nic: { ...edit.nic, mac: newMac(this.#options.randomBytes, new Set(taken.keys())) } }
    }
    if (edit.edit !== 'addDisk' || edit.disk.source.kind === 'existing' || edit.name !== null) return edit
    const { pool } = edit.disk.source
    const volumes = await keeperOf({ link }).list(host.nativeRef, pool, { signal, timeoutMs: READ_TIMEOUT_MS })
    return { ...edit, name: freeVolumeName(machine.name, formatOf(edit.disk.source), new Set(volumes.map(({ name }) => name))) }
  }

  async #readied({ host, link }: Place, edit: HardwareEdit, signal: AbortSignal): Promise<Readied> {
    if (edit.edit !== 'addDisk' || edit.disk.source.kind === 'existing' || edit.name === null) return { edit, disk: null }
    const { source } = edit.disk
    const place = { pool: source.pool, volume: edit.name }
    const there: HardwareEdit = { ...edit, disk: { ...edit.disk, source: { kind: 'existing', ...place } } }
    if (source.kind === 'new') {
      const request = { kind: 'empty' as const, format: source.format, capacityBytes: source.sizeBytes }
      return { edit: there, disk: { place, request, bytes: FEW_BYTES } }
    }
    const from = { from: source.base, capacityBytes: source.sizeBytes }
    if (source.mode === 'linked') return { edit: there, disk: { place, request: { kind: 'linked', ...from }, bytes: FEW_BYTES } }
    const found = await keeperOf({ link }).find(host.nativeRef, source.base, { signal, timeoutMs: READ_TIMEOUT_MS })
    const bytes = found?.allocationBytes ?? weightOf(0)
    return { edit: there, disk: { place, request: { kind: 'copy', format: source.format, ...from }, bytes } }
  }

  #place(id: MachineId): Place {
    const { inventory, links } = this.#options
    const machine = knownMachine(inventory, id)
    const link = linkOf(machine, inventory, links)
    return { machine, host: knownHost(inventory, machine.hostId), link, editor: editorOf(link) }
  }
}

type NewSource = Exclude<Extract<HardwareEdit, { edit: 'addDisk' }>['disk']['source'], { kind: 'existing' }>

function formatOf(source: NewSource): string {
  return source.kind === 'image' && source.mode === 'linked' ? 'qcow2' : source.format
}
