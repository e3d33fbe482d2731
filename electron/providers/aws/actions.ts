import { AppError, isAppError } from '../../../shared/errors/index.ts'
import type { MachineAction, Reason } from '../../../shared/model/index.ts'
import { type ActContext, type Operation, problems } from '../cloud/index.ts'
import type { CallOptions, Clock, ProbeAnswer } from '../provider.ts'
import type { AwsCalls } from './calls.ts'
import { copyOutcome, createImage, snapshotDisk } from './copies.ts'
import { attachDisk, chooseDisks, detachDisk, growDisk } from './disks.ts'
import { NAME_TAG, partsOf } from './facts.ts'
import type { Machines } from './machines.ts'
import { Power } from './power.ts'
import { tagChange } from './tags.ts'

const NO_PAUSE: Reason = { code: 'aws.no-pause', text: 'AWS does not pause machines. Hibernation saves them to disk.' }

/** What EC2 has nothing for. */
export const UNSUPPORTED = {
  reset: {
    code: 'aws.no-reset',
    text: 'AWS has no reset. A reboot becomes a hard one by itself when the guest does not follow within minutes.',
  },
  suspend: NO_PAUSE,
  resume: NO_PAUSE,
  discardSave: { code: 'aws.no-discard', text: 'AWS resumes a hibernated machine. What it saved cannot be dropped.' },
  setAutostart: { code: 'aws.no-autostart', text: 'AWS has no hosts of yours whose start machines could follow.' },
  addDisplay: { code: 'aws.no-display', text: 'Machines of AWS have no display to add.' },
  deallocate: { code: 'aws.stop-is-enough', text: 'A stopped machine of AWS costs no CPU and memory. There is nothing more to give back.' },
} as const satisfies Partial<Record<MachineAction['action'], Reason>>

export interface ActionsOptions {
  readonly calls: AwsCalls
  readonly machines: Machines
  readonly clock: Clock
}

/** Asks EC2 for what machines shall do and become. */
export class Actions {
  readonly #calls: AwsCalls
  readonly #machines: Machines
  readonly #power: Power

  constructor({ calls, machines, clock }: ActionsOptions) {
    this.#calls = calls
    this.#machines = machines
    this.#power = new Power(calls, clock)
  }

  async begin(action: MachineAction, context: ActContext, options: CallOptions): Promise<Operation | null> {
    const { seen } = context
    const { ref } = seen
    const { region, id } = partsOf(ref)
    switch (action.action) {
      case 'start':
      case 'restore':
        await this.#power.ask(ref, 'start')
        return null
      case 'shutdown':
        await this.#power.ask(ref, 'stop')
        return null
      case 'powerOff':
        await this.#power.ask(ref, 'force-stop')
        return null
      case 'managedSave':
        await this.#power.ask(ref, 'hibernate')
        return null
      case 'reboot':
        await this.#power.ask(ref, 'reboot')
        return null
      case 'delete':
        if (seen.facts.hasManagedSave && !action.withManagedSave) throw holdsBack(seen.facts.name)
        await chooseDisks(this.#calls, await this.#machines.raw(ref), region, action.diskKeys, options)
        await this.#terminate(ref, seen.facts.name)
        return null
      case 'rename':
        await this.#setTags(region, id, [{ Key: NAME_TAG, Value: action.name }], options)
        return null
      case 'setMetadata':
        await this.#changeTags(action, context, options)
        return null
      case 'resize':
        await this.#modify(region, { InstanceId: id, InstanceType: { Value: action.type } }, options)
        return null
      case 'setProtection':
        await this.#modify(region, { InstanceId: id, DisableApiTermination: { Value: action.isProtected } }, options)
        this.#machines.changed(ref)
        return null
      case 'attachDisk':
        await attachDisk(this.#calls, await this.#machines.raw(ref), region, action.diskId, options)
        this.#machines.changed(ref)
        return null
      case 'detachDisk':
        await detachDisk(this.#calls, region, id, action.diskId, options)
        this.#machines.changed(ref)
        return null
      case 'growDisk':
        await growDisk(this.#calls, region, action.diskId, action.sizeBytes, options)
        this.#machines.changed(ref)
        return null
      case 'snapshotDisk':
        return snapshotDisk(this.#calls, region, action, context.requestId, options)
      case 'createImage':
        return createImage(this.#calls, region, id, action.name, context.requestId, options)
      case 'reset':
      case 'suspend':
      case 'resume':
      case 'discardSave':
      case 'setAutostart':
      case 'addDisplay':
      case 'deallocate':
        throw problems.unsupportedAction(action.action, UNSUPPORTED[action.action])
      default:
        return action satisfies never
    }
  }

  /** Nothing in EC2 tells of a reboot. */
  outcome(action: MachineAction, ref: string, requestId: string, options: CallOptions): Promise<ProbeAnswer> {
    if (action.action !== 'snapshotDisk' && action.action !== 'createImage') return Promise.resolve('unknown')
    return copyOutcome(this.#calls, partsOf(ref).region, action.action, requestId, options)
  }

  async #terminate(ref: string, name: string): Promise<void> {
    try {
      await this.#power.ask(ref, 'terminate')
    } catch (thrown) {
      if (!isAppError(thrown) || thrown.code !== 'aws.not-permitted') throw thrown
      throw problems.isProtected(name, { remote: thrown.remote, cause: thrown })
    }
  }

  async #changeTags(action: Extract<MachineAction, { action: 'setMetadata' }>, { seen }: ActContext, options: CallOptions): Promise<void> {
    const { region, id } = partsOf(seen.ref)
    const { set, remove } = tagChange(seen.facts.tags, action)
    // first away, then on: a machine may be full
    if (remove.length > 0) {
      await this.#calls.ec2({ region, permission: 'ec2:DeleteTags', changes: true, options }, (client, sdk, sending) =>
        client.send(new sdk.DeleteTagsCommand({ Resources: [id], Tags: remove.map((Key) => ({ Key })) }), sending),
      )
    }
    if (set.length > 0) await this.#setTags(region, id, set, options)
  }

  async #setTags(
    region: string,
    id: string,
    tags: ReadonlyArray<{ readonly Key: string; readonly Value: string }>,
    options: CallOptions,
  ): Promise<void> {
    await this.#calls.ec2({ region, permission: 'ec2:CreateTags', changes: true, options }, (client, sdk, sending) =>
      client.send(new sdk.CreateTagsCommand({ Resources: [id], Tags: [...tags] }), sending),
    )
  }

  async #modify(
    region: string,
    change: { readonly InstanceId: string; readonly InstanceType?: { Value: string }; readonly DisableApiTermination?: { Value: boolean } },
    options: CallOptions,
  ): Promise<void> {
    await this.#calls.ec2({ region, permission: 'ec2:ModifyInstanceAttribute', changes: true, options }, (client, sdk, sending) =>
      client.send(new sdk.ModifyInstanceAttributeCommand(change), sending),
    )
  }
}

function holdsBack(name: string): AppError {
  const message = `${name} has a saved state. Delete that along with it, or keep the machine.`
  return new AppError({ kind: 'precondition', code: 'machine.has-managed-save', message, details: { name } })
}
