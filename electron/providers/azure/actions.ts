import type { ComputeManagementClient, VirtualMachine } from '@azure/arm-compute'
import { keyAndValue, type MachineAction, type ProviderCapabilities, type Reason } from '../../../shared/model/index.ts'
import { type ActContext, type Operation, problems, tagsAfter } from '../cloud/index.ts'
import type { CallOptions, Clock, ProbeAnswer } from '../provider.ts'
import { type AzureAccount, abortOf, allOf, ask, orNull } from './account.ts'
import { withDisk, withoutDisk } from './attached.ts'
import { deleteMachine } from './deletion.ts'
import { tagsOf } from './facts.ts'
import { Gallery, REQUEST_TAG } from './gallery.ts'
import { idOf } from './ids.ts'
import type { Inventory } from './inventory.ts'
import type { ManyAtOnce, ManyVerb } from './many.ts'
import { begun, whenDone } from './operation.ts'
import { nameTaken, noHibernation, savedStateHoldsBack, withSize } from './problems.ts'

const GIB = 1024 ** 3
const MAX_TAGS = 50
const MAX_TAG_NAME = 512
const MAX_TAG_VALUE = 256
const HOUR_MS = 3_600_000

function reason(code: string, text: string): Reason {
  return { code, text }
}

const NOT_IN_AZURE = reason('azure.not-in-azure', 'Azure has no such thing for its machines.')

/** What Azure cannot do, and what would do instead. */
export const UNSUPPORTED: ProviderCapabilities['unsupported'] = {
  rename: reason('azure.no-rename', 'A machine of Azure keeps its name for ever. Set a tag instead.'),
  suspend: reason('azure.no-pause', 'Azure cannot pause a machine. Stop it instead.'),
  resume: reason('azure.no-pause', 'Azure cannot pause a machine, so there is nothing to resume.'),
  reset: reason('azure.no-reset', 'Azure knows one way to restart a machine: use Restart.'),
  setAutostart: NOT_IN_AZURE,
  addDisplay: NOT_IN_AZURE,
}

type OptionsOf = { readonly abortSignal?: AbortSignal; readonly requestOptions: { readonly headers: Record<string, string> } }

/** Asks Azure to do things. Every call throws AppError; `indeterminate` when the request left and no answer came. */
export class AzureActions {
  readonly #account: AzureAccount
  readonly #inventory: Inventory
  readonly #clock: Clock
  readonly #many: ManyAtOnce
  readonly #gallery: Gallery

  constructor(account: AzureAccount, inventory: Inventory, clock: Clock, many: ManyAtOnce) {
    this.#account = account
    this.#inventory = inventory
    this.#clock = clock
    this.#many = many
    this.#gallery = new Gallery(account, inventory)
  }

  async begin(action: MachineAction, context: ActContext, options: CallOptions): Promise<Operation | null> {
    const size = action.action === 'resize' ? action.type : (context.seen.facts.cloud?.type ?? '')
    const named = (thrown: unknown): never => {
      throw withSize(thrown, size)
    }
    const operation = await this.#begin(action, context, options).catch(named)
    return operation && { poll: (pollOptions) => operation.poll(pollOptions).catch(named) }
  }

  async #begin(action: MachineAction, { seen, requestId }: ActContext, options: CallOptions): Promise<Operation | null> {
    const id = idOf(seen.ref)
    const compute = await this.#account.compute(id.subscription)
    const { virtualMachines } = compute
    const { group, name } = id
    // by this id the activity log tells later whether the request arrived
    const to: OptionsOf = { ...abortOf(options), requestOptions: { headers: { 'x-ms-client-request-id': requestId } } }
    const together = (verb: ManyVerb, alone: () => Promise<Operation>) =>
      this.#many.ask(verb, { ref: seen.ref, region: seen.facts.cloud?.region ?? '' }, options, alone)
    const deallocate = () => together('Deallocate', () => begun(virtualMachines.deallocate(group, name, to)))
    switch (action.action) {
      case 'start':
      case 'restore':
        return together('Start', () => begun(virtualMachines.start(group, name, to)))
      case 'shutdown':
        if (action.deallocate === true) return deallocate()
        return begun(virtualMachines.powerOff(group, name, { ...to, skipShutdown: false }))
      case 'powerOff':
        return begun(virtualMachines.powerOff(group, name, { ...to, skipShutdown: true }))
      case 'deallocate':
      // a machine that hibernates is deallocated already: once more without it drops what was saved
      case 'discardSave':
        return deallocate()
      case 'managedSave':
        if (seen.facts.cloud?.hibernates === false) throw noHibernation(seen.facts.name)
        return together('Hibernate', () => begun(virtualMachines.deallocate(group, name, { ...to, hibernate: true })))
      case 'reboot':
        return whenDone(await begun(virtualMachines.restart(group, name, to)), () => this.#inventory.restarted(seen.ref))
      case 'resize':
        return begun(virtualMachines.update(group, name, { hardwareProfile: { vmSize: action.type } }, to))
      case 'setMetadata':
        return this.#setTags(action, seen.ref, compute, to, options)
      case 'setProtection':
        await this.#inventory.locks.set(id.subscription, await this.#fullId(seen.ref, options), action.isProtected, options)
        return null
      case 'attachDisk':
      case 'detachDisk': {
        const vm = await this.#model(seen.ref, options)
        const dataDisks = action.action === 'attachDisk' ? withDisk(vm, action.diskId) : withoutDisk(vm, action.diskId)
        return begun(virtualMachines.update(group, name, { storageProfile: { dataDisks } }, to))
      }
      case 'growDisk':
        return this.#growDisk(action.diskId, action.sizeBytes, to)
      case 'snapshotDisk':
        return this.#snapshot(action.diskId, action.name, requestId, to, options)
      case 'createImage':
        return this.#gallery.make({ ref: seen.ref, name: action.name, requestId }, options)
      case 'delete':
        if (seen.facts.hasManagedSave && !action.withManagedSave) throw savedStateHoldsBack(seen.facts.name)
        return deleteMachine({ compute, inventory: this.#inventory, ref: seen.ref, options }, action.diskKeys, () =>
          together('Delete', () => begun(virtualMachines.delete(group, name, to))),
        )
      default:
        throw problems.unsupportedAction(action.action, UNSUPPORTED[action.action] ?? NOT_IN_AZURE)
    }
  }

  /** Of a snapshot or image by its tag; of what leaves no trace by the activity log, which takes some minutes to tell: until then it is not known. */
  async outcome(action: MachineAction, ref: string, requestId: string, options: CallOptions): Promise<ProbeAnswer> {
    if (action.action === 'snapshotDisk') {
      const disk = idOf(action.diskId)
      const { snapshots } = await this.#account.compute(disk.subscription)
      const made = await orNull(snapshots.get(disk.group, action.name, abortOf(options)))
      return made?.tags?.[REQUEST_TAG] === requestId ? 'done' : 'not-done'
    }
    if (action.action === 'createImage') return this.#gallery.outcome({ ref, name: action.name, requestId }, options)
    const { activityLogs } = await this.#account.monitor(idOf(ref).subscription)
    const since = new Date(this.#clock.nowMs() - 24 * HOUR_MS).toISOString()
    const lines = await allOf(activityLogs.list(`eventTimestamp ge '${since}' and resourceUri eq '${ref}'`, abortOf(options)), options)
    const own = lines.filter(({ httpRequest }) => httpRequest?.clientRequestId?.toLowerCase() === requestId.toLowerCase())
    const words = new Set(own.map(({ status }) => status?.value))
    if (words.has('Succeeded') || words.has('Accepted') || words.has('Started')) return words.has('Failed') ? 'not-done' : 'done'
    return words.has('Failed') ? 'not-done' : 'unknown'
  }

  async #setTags(
    action: Extract<MachineAction, { action: 'setMetadata' }>,
    ref: string,
    { virtualMachines }: ComputeManagementClient,
    to: OptionsOf,
    options: CallOptions,
  ): Promise<Operation> {
    const { group, name } = idOf(ref)
    const { tags: before = {} } = await this.#model(ref, options)
    const written = new Map(Object.entries(before).map(([key, value]) => [tagsOf({ [key]: value })[0] ?? key, [key, value] as const]))
    const after = tagsAfter(tagsOf(before), action).map((tag) => {
      // what is there already keeps its key, even one with a `=` in it
      const [key, value] = written.get(tag) ?? checkedTag(tag)
      return [key, value] as const
    })
    if (after.length > MAX_TAGS) throw problems.tagRefused(after.at(-1)?.[0] ?? '', `Azure keeps ${MAX_TAGS} tags at most.`)
    return begun(virtualMachines.update(group, name, { tags: Object.fromEntries(after) }, to))
  }

  async #growDisk(diskId: string, sizeBytes: number, to: OptionsOf): Promise<Operation> {
    const disk = idOf(diskId)
    const { disks } = await this.#account.compute(disk.subscription)
    const operation = await begun(disks.update(disk.group, disk.name, { diskSizeGB: Math.ceil(sizeBytes / GIB) }, to))
    return whenDone(operation, (options) =>
      this.#inventory.noteSize(diskId.toLowerCase(), disks.get(disk.group, disk.name, abortOf(options))),
    )
  }

  async #snapshot(diskId: string, name: string, requestId: string, to: OptionsOf, options: CallOptions): Promise<Operation> {
    const disk = idOf(diskId)
    const { disks, snapshots } = await this.#account.compute(disk.subscription)
    const there = await orNull(snapshots.get(disk.group, name, abortOf(options)))
    if (there !== null && there.tags?.[REQUEST_TAG] !== requestId) throw nameTaken(name)
    const { location } = await ask(disks.get(disk.group, disk.name, abortOf(options)))
    const creationData = { createOption: 'Copy', sourceResourceId: diskId } as const
    const snapshot = { location, incremental: true, creationData, tags: { [REQUEST_TAG]: requestId } }
    return begun(snapshots.createOrUpdate(disk.group, name, snapshot, to))
  }

  /**
   * The chosen disks go with the machine, by Azure's own hand: so a deletion whose reply is lost leaves none behind. A refusal puts things
   * back as they were, or who deletes it later would lose disks that nobody chose then.
   */
  async #model(ref: string, options: CallOptions): Promise<VirtualMachine> {
    const found = await this.#inventory.model(ref, options)
    if (found === null) throw problems.machineNotFound()
    return found.vm
  }

  async #fullId(ref: string, options: CallOptions): Promise<string> {
    return (await this.#model(ref, options)).id ?? ref
  }
}

export function checkedTag(tag: string): readonly [key: string, value: string] {
  const { key, value } = keyAndValue(tag)
  if (/[<>%&\\?/]/.test(key)) throw problems.tagRefused(tag, 'its name must not hold < > % & \\ ? or /.')
  if (key.length > MAX_TAG_NAME || value.length > MAX_TAG_VALUE) {
    throw problems.tagRefused(tag, `a name has ${MAX_TAG_NAME} characters at most, a value ${MAX_TAG_VALUE}.`)
  }
  return [key, value]
}
