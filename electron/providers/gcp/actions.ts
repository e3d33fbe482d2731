import type { compute_v1 } from '@googleapis/compute/build/v1.js'
import { AppError } from '../../../shared/errors/index.ts'
import type { MachineAction } from '../../../shared/model/index.ts'
import { type ActContext, type Operation, problems, tagsAfter } from '../cloud/index.ts'
import type { CallOptions } from '../provider.ts'
import type { Call, GcpClient, HowToSend } from './client.ts'
import { diskIdOf } from './instance-facts.ts'
import { labelsOfTags, REQUEST_LABEL, tagsOfLabels } from './labels.ts'
import { inTurn, operationOf } from './operations.ts'
import { lastOf, type MachineRef, parseRef, zonalDisk } from './refs.ts'
import { UNSUPPORTED } from './unsupported.ts'

const GIB = 1_073_741_824

type Instance = compute_v1.Schema$Instance
type Send = (compute: compute_v1.Compute, how: HowToSend) => Promise<{ readonly data: compute_v1.Schema$Operation }>

/** What an instance is told. Each call goes by its name, after a look that the name still means the same machine. */
export class GcpActions {
  readonly #client: GcpClient

  constructor(client: GcpClient) {
    this.#client = client
  }

  /** The instance of that reference. Throws `not-found` as well when another one has its name now. */
  async instance(ref: MachineRef, options: CallOptions): Promise<Instance> {
    const { project, zone, name: instance, id } = ref
    const call: Call = { method: 'compute.instances.get', project, about: 'machine' }
    const found = await this.#client.compute(call, options, (compute, how) => compute.instances.get({ project, zone, instance }, how))
    if (found.id !== id) throw problems.machineNotFound()
    return found
  }

  async begin(action: MachineAction, { seen, requestId }: ActContext, options: CallOptions): Promise<Operation> {
    const ref = parseRef(seen.ref)
    const { project, zone, name: instance } = ref
    const found = await this.instance(ref, options)
    const at = { project, zone, instance, requestId }
    const send = (method: string, run: Send, permission = method) => this.#change(ref, found, method, permission, options, run)
    switch (action.action) {
      case 'start':
      case 'restore':
        if (found.status === 'SUSPENDED') return send('compute.instances.resume', (compute, how) => compute.instances.resume(at, how))
        return send('compute.instances.start', (compute, how) => compute.instances.start(at, how))
      case 'shutdown':
        return send('compute.instances.stop', (compute, how) => compute.instances.stop(at, how))
      case 'powerOff':
        return send('compute.instances.stop', (compute, how) => compute.instances.stop({ ...at, noGracefulShutdown: true }, how))
      case 'managedSave':
        return send('compute.instances.suspend', (compute, how) => compute.instances.suspend(at, how))
      case 'reset':
        return send('compute.instances.reset', (compute, how) => compute.instances.reset(at, how))
      case 'setMetadata': {
        const kept = found.labels?.[REQUEST_LABEL]
        const labels = {
          ...labelsOfTags(tagsAfter(tagsOfLabels(found.labels), action)),
          ...(kept !== undefined && { [REQUEST_LABEL]: kept }),
        }
        const requestBody = { labels, labelFingerprint: found.labelFingerprint ?? '' }
        return send('compute.instances.setLabels', (compute, how) => compute.instances.setLabels({ ...at, requestBody }, how))
      }
      case 'setProtection': {
        const { project: _p, zone: _z, instance: resource, ...rest } = at
        const params = { project, zone, resource, ...rest, deletionProtection: action.isProtected }
        return send('compute.instances.setDeletionProtection', (compute, how) => compute.instances.setDeletionProtection(params, how))
      }
      case 'resize': {
        const requestBody = { machineType: `zones/${zone}/machineTypes/${action.type}` }
        return send('compute.instances.setMachineType', (compute, how) => compute.instances.setMachineType({ ...at, requestBody }, how))
      }
      case 'attachDisk': {
        const requestBody = { source: this.#disk(action.diskId, ref).path, autoDelete: false }
        return send('compute.instances.attachDisk', (compute, how) => compute.instances.attachDisk({ ...at, requestBody }, how))
      }
      case 'detachDisk': {
        const deviceName = this.#device(found, action.diskId)
        return send('compute.instances.detachDisk', (compute, how) => compute.instances.detachDisk({ ...at, deviceName }, how))
      }
      case 'growDisk': {
        const { disk } = this.#disk(action.diskId, ref)
        const requestBody = { sizeGb: String(Math.ceil(action.sizeBytes / GIB)) }
        return send('compute.disks.resize', (compute, how) => compute.disks.resize({ project, zone, disk, requestId, requestBody }, how))
      }
      case 'snapshotDisk': {
        const { disk } = this.#disk(action.diskId, ref)
        const requestBody = { name: action.name, labels: { [REQUEST_LABEL]: requestId } }
        return send('compute.disks.createSnapshot', (compute, how) =>
          compute.disks.createSnapshot({ project, zone, disk, requestId, requestBody }, how),
        )
      }
      case 'createImage': {
        const boot = (found.disks ?? []).find((disk) => disk.boot)
        if (!boot?.source) throw problems.diskNotDeletable(instance)
        const requestBody = { name: action.name, sourceDisk: boot.source, labels: { [REQUEST_LABEL]: requestId } }
        // of a running machine: what its guest holds in memory is not in it
        return send(
          'compute.images.insert',
          (compute, how) => compute.images.insert({ project, requestId, forceCreate: found.status === 'RUNNING', requestBody }, how),
          'compute.images.create',
        )
      }
      case 'delete':
        return await this.#delete(ref, found, action.diskKeys, requestId, options)
      case 'deallocate':
      case 'reboot':
      case 'suspend':
      case 'resume':
      case 'discardSave':
      case 'setAutostart':
      case 'rename':
      case 'addDisplay': {
        const reason = UNSUPPORTED[action.action]
        throw problems.unsupportedAction(action.action, reason ?? { code: 'bug.unexpected', text: action.action })
      }
      default:
        return action satisfies never
    }
  }

  /**
   * Which disks go is a mark on each disk: those are set as they were chosen, and only then is the machine deleted. A disk that is not
   * named stays, and is charged on.
   */
  async #delete(ref: MachineRef, found: Instance, keys: readonly string[], requestId: string, options: CallOptions): Promise<Operation> {
    const { project, zone, name: instance } = ref
    const disks = (found.disks ?? []).filter(({ type }) => type !== 'SCRATCH')
    const strange = keys.find((key) => !disks.some((disk) => diskIdOf(disk) === key))
    if (strange !== undefined) throw problems.diskNotDeletable(strange)
    const steps = disks
      .filter((disk) => disk.deviceName && (disk.autoDelete ?? false) !== keys.includes(diskIdOf(disk)))
      .map(({ deviceName, autoDelete }) => (step: CallOptions) => {
        const params = { project, zone, instance, deviceName: deviceName as string, autoDelete: !autoDelete }
        return this.#change(ref, found, 'compute.instances.setDiskAutoDelete', 'compute.instances.update', step, (compute, how) =>
          compute.instances.setDiskAutoDelete(params, how),
        )
      })
    const last = (step: CallOptions) =>
      this.#change(ref, found, 'compute.instances.delete', 'compute.instances.delete', step, (compute, how) =>
        compute.instances.delete({ project, zone, instance, requestId }, how),
      )
    return inTurn([...steps, last], options)
  }

  async #change(
    { project, name }: MachineRef,
    found: Instance,
    method: string,
    permission: string,
    options: CallOptions,
    send: Send,
  ): Promise<Operation> {
    const about = method.startsWith('compute.instances.') ? 'machine' : 'other'
    const begun = await this.#client.compute({ method, permission, project, changes: true, about }, options, send)
    return operationOf(this.#client, begun, { project, name, type: lastOf(found.machineType) })
  }

  #disk(diskId: string, { project, zone }: MachineRef): { readonly path: string; readonly disk: string } {
    const found = zonalDisk(diskId)
    if (!found || found.project !== project || found.zone !== zone) throw diskElsewhere(diskId, zone)
    return { path: diskId, disk: found.disk }
  }

  #device(found: Instance, diskId: string): string {
    const disk = (found.disks ?? []).find((one) => diskIdOf(one) === diskId)
    if (!disk?.deviceName) throw problems.diskNotDeletable(diskId)
    return disk.deviceName
  }
}

function diskElsewhere(diskId: string, zone: string): AppError {
  return new AppError({
    kind: 'invalid-input',
    code: 'gcp.disk-elsewhere',
    message: `${diskId} is no disk of ${zone}, where the machine is.`,
    details: { diskId, zone },
  })
}
