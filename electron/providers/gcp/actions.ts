import type { compute_v1 } from '@googleapis/compute/build/v1.js'
import { AppError, isAppError } from '../../../shared/errors/index.ts'
import type { MachineAction } from '../../../shared/model/index.ts'
import { type ActContext, type Operation, problems, tagsAfter } from '../cloud/index.ts'
import type { CallOptions } from '../provider.ts'
import type { Call, GcpClient, HowToSend } from './client.ts'
import { diskIdOf } from './instance-facts.ts'
import { labelsOfTags, REQUEST_LABEL, tagsOfLabels } from './labels.ts'
import { inTurn, operationOf } from './operations.ts'
import { type MachineRef, parseRef, zonalDisk } from './refs.ts'
import { UNSUPPORTED } from './unsupported.ts'

const GIB = 1_073_741_824

type Instance = compute_v1.Schema$Instance
type DiskAction = Extract<MachineAction, { action: 'attachDisk' | 'detachDisk' | 'growDisk' | 'snapshotDisk' }>
/** `instance`: what the machine is called in the path. */
type SendTo = (compute: compute_v1.Compute, instance: string, how: HowToSend) => Promise<{ readonly data: compute_v1.Schema$Operation }>

interface Task {
  readonly ref: MachineRef
  readonly type: string | null
  readonly requestId: string
}

interface Change extends Omit<Task, 'requestId'> {
  readonly method: string
  readonly permission?: string
  readonly gathers?: boolean
}

/** What an instance is told. */
export class GcpActions {
  readonly #client: GcpClient
  /** The server has been found to know no numbers in a path. */
  #namesOnly = false

  constructor(client: GcpClient) {
    this.#client = client
  }

  /** The instance of that reference, or so much of it. Throws `not-found` as well when another one has its name now. */
  async instance(ref: MachineRef, options: CallOptions, fields?: string): Promise<Instance> {
    const { project, zone, name: instance, id } = ref
    const call: Call = { method: 'compute.instances.get', project, about: 'machine', gathers: true }
    const found = await this.#client.compute(call, options, (compute, how) =>
      compute.instances.get({ project, zone, instance, ...(fields !== undefined && { fields }) }, how),
    )
    // some servers write the number as a number
    if (String(found.id) !== id) throw problems.machineNotFound()
    return found
  }

  async begin(action: MachineAction, { seen, requestId }: ActContext, options: CallOptions): Promise<Operation> {
    const ref = parseRef(seen.ref)
    const { project, zone } = ref
    const type = seen.facts.cloud?.type ?? null
    const at = { project, zone, requestId }
    const send = (method: string, run: SendTo) => this.#change({ ref, type, method }, options, run)
    const power = (method: string, run: SendTo) => this.#change({ ref, type, method, gathers: true }, options, run)
    switch (action.action) {
      case 'start':
      case 'restore':
        if (seen.facts.state === 'saved') {
          return power('compute.instances.resume', (compute, instance, how) => compute.instances.resume({ ...at, instance }, how))
        }
        return power('compute.instances.start', (compute, instance, how) => compute.instances.start({ ...at, instance }, how))
      case 'shutdown':
        return power('compute.instances.stop', (compute, instance, how) => compute.instances.stop({ ...at, instance }, how))
      case 'powerOff':
        return power('compute.instances.stop', (compute, instance, how) =>
          compute.instances.stop({ ...at, instance, noGracefulShutdown: true }, how),
        )
      case 'managedSave':
        return power('compute.instances.suspend', (compute, instance, how) => compute.instances.suspend({ ...at, instance }, how))
      case 'reset':
        return power('compute.instances.reset', (compute, instance, how) => compute.instances.reset({ ...at, instance }, how))
      case 'setMetadata': {
        const { labels: before, labelFingerprint } = await this.instance(ref, options)
        const kept = before?.[REQUEST_LABEL]
        const labels = { ...labelsOfTags(tagsAfter(tagsOfLabels(before), action)), ...(kept !== undefined && { [REQUEST_LABEL]: kept }) }
        const requestBody = { labels, labelFingerprint: labelFingerprint ?? '' }
        return send('compute.instances.setLabels', (compute, instance, how) =>
          compute.instances.setLabels({ ...at, instance, requestBody }, how),
        )
      }
      case 'setProtection': {
        const deletionProtection = action.isProtected
        return send('compute.instances.setDeletionProtection', (compute, resource, how) =>
          compute.instances.setDeletionProtection({ ...at, resource, deletionProtection }, how),
        )
      }
      case 'resize': {
        const requestBody = { machineType: `zones/${zone}/machineTypes/${action.type}` }
        return send('compute.instances.setMachineType', (compute, instance, how) =>
          compute.instances.setMachineType({ ...at, instance, requestBody }, how),
        )
      }
      case 'attachDisk':
      case 'detachDisk':
      case 'growDisk':
      case 'snapshotDisk':
        return await this.#disk(action, { ref, type, requestId }, options)
      case 'createImage':
        return await this.#image(action.name, { ref, type, requestId }, options)
      case 'delete':
        return await this.#delete(action.diskKeys, { ref, type, requestId }, options)
      case 'deallocate':
      case 'reboot':
      case 'suspend':
      case 'resume':
      case 'discardSave':
      case 'setAutostart':
      case 'rename':
      case 'addDisplay':
        throw problems.unsupportedAction(action.action, UNSUPPORTED[action.action] ?? { code: 'bug.unexpected', text: action.action })
      default:
        return action satisfies never
    }
  }

  async #disk(action: DiskAction, { ref, type, requestId }: Task, options: CallOptions): Promise<Operation> {
    const { project, zone } = ref
    const at = { project, zone, requestId }
    const send = (method: string, run: SendTo) => this.#change({ ref, type, method }, options, run)
    if (action.action === 'detachDisk') {
      const { disks } = await this.instance(ref, options)
      const deviceName = (disks ?? []).find((disk) => diskIdOf(disk) === action.diskId)?.deviceName
      if (!deviceName) throw problems.diskNotDeletable(action.diskId)
      return send('compute.instances.detachDisk', (compute, instance, how) =>
        compute.instances.detachDisk({ ...at, instance, deviceName }, how),
      )
    }
    const disk = diskIn(action.diskId, ref)
    if (action.action === 'attachDisk') {
      const requestBody = { source: action.diskId, autoDelete: false }
      return send('compute.instances.attachDisk', (compute, instance, how) =>
        compute.instances.attachDisk({ ...at, instance, requestBody }, how),
      )
    }
    if (action.action === 'growDisk') {
      const requestBody = { sizeGb: String(Math.ceil(action.sizeBytes / GIB)) }
      return send('compute.disks.resize', (compute, _instance, how) => compute.disks.resize({ ...at, disk, requestBody }, how))
    }
    const requestBody = { name: action.name, labels: { [REQUEST_LABEL]: requestId } }
    return send('compute.disks.createSnapshot', (compute, _instance, how) =>
      compute.disks.createSnapshot({ ...at, disk, requestBody }, how),
    )
  }

  /** Of the boot disk. Of a running machine what its guest holds in memory is not in it. */
  async #image(name: string, { ref, type, requestId }: Task, options: CallOptions): Promise<Operation> {
    const { project } = ref
    const { disks, status } = await this.instance(ref, options)
    const sourceDisk = (disks ?? []).find((disk) => disk.boot)?.source
    if (!sourceDisk) throw problems.diskNotDeletable(ref.name)
    const requestBody = { name, sourceDisk, labels: { [REQUEST_LABEL]: requestId } }
    const forceCreate = status === 'RUNNING'
    return this.#change(
      { ref, type, method: 'compute.images.insert', permission: 'compute.images.create' },
      options,
      (compute, _instance, how) => compute.images.insert({ project, requestId, forceCreate, requestBody }, how),
    )
  }

  /**
   * Which disks go is a mark on each disk: those are set as they were chosen, and only then is the machine deleted. A disk that is not
   * named stays, and is charged on.
   */
  async #delete(keys: readonly string[], { ref, type, requestId }: Task, options: CallOptions): Promise<Operation> {
    const { project, zone } = ref
    const found = await this.instance(ref, options)
    const disks = (found.disks ?? []).filter((disk) => disk.type !== 'SCRATCH')
    const strange = keys.find((key) => !disks.some((disk) => diskIdOf(disk) === key))
    if (strange !== undefined) throw problems.diskNotDeletable(strange)
    const marks = disks.flatMap((disk) => {
      const { deviceName } = disk
      const autoDelete = keys.includes(diskIdOf(disk))
      if (!deviceName || (disk.autoDelete ?? false) === autoDelete) return []
      const method = { ref, type, method: 'compute.instances.setDiskAutoDelete', permission: 'compute.instances.update' }
      return (step: CallOptions) =>
        this.#change(method, step, (compute, instance, how) =>
          compute.instances.setDiskAutoDelete({ project, zone, instance, deviceName, autoDelete }, how),
        )
    })
    const last = (step: CallOptions) =>
      this.#change({ ref, type, method: 'compute.instances.delete', gathers: true }, step, (compute, instance, how) =>
        compute.instances.delete({ project, zone, instance, requestId }, how),
      )
    return inTurn([...marks, last], options)
  }

  /**
   * By the number, which no other machine will ever have. Servers that know names alone are met by the name, after a look whether it still
   * means the same machine.
   */
  async #change(
    { ref, type, method, permission = method, gathers = false }: Change,
    options: CallOptions,
    send: SendTo,
  ): Promise<Operation> {
    const { project, name, id } = ref
    const about = method.startsWith('compute.instances.') ? 'machine' : 'other'
    const by = (instance: string) =>
      this.#client.compute({ method, permission, project, changes: true, about, gathers }, options, (compute, how) =>
        send(compute, instance, how),
      )
    const byName = async () => {
      await this.instance(ref, options)
      return by(name)
    }
    const begun = await (this.#namesOnly
      ? byName()
      : by(id).catch(async (thrown: unknown) => {
          if (!isAppError(thrown) || thrown.code !== 'machine.not-found') throw thrown
          const answer = await byName()
          this.#namesOnly = true
          return answer
        }))
    return operationOf(this.#client, begun, { project, name, type })
  }
}

function diskIn(diskId: string, { project, zone }: MachineRef): string {
  const found = zonalDisk(diskId)
  if (found && found.project === project && found.zone === zone) return found.disk
  throw new AppError({
    kind: 'invalid-input',
    code: 'gcp.disk-elsewhere',
    message: `${diskId} is no disk of ${zone}, where the machine is.`,
    details: { diskId, zone },
  })
}
