import type {
  AwsAccount,
  AwsAddress,
  AwsGroup,
  AwsImage,
  AwsImageDisk,
  AwsInstance,
  AwsSnapshot,
  AwsSubnet,
  AwsVolume,
  InstanceState,
  OptInStatus,
} from './model.ts'
import { idOf } from './wire.ts'

/** One region and all that lies in it. */
export class AwsRegion {
  readonly name: string
  readonly world: AwsAccount
  optIn: OptInStatus
  readonly instances = new Map<string, AwsInstance>()
  readonly volumes = new Map<string, AwsVolume>()
  readonly snapshots = new Map<string, AwsSnapshot>()
  readonly images = new Map<string, AwsImage>()
  readonly vpcs: ReadonlyMap<
    string,
    { readonly id: string; readonly cidr: string; readonly isDefault: boolean; readonly tags: Map<string, string> }
  >
  readonly subnets: ReadonlyMap<string, AwsSubnet>
  readonly groups = new Map<string, AwsGroup>()
  readonly addresses = new Map<string, AwsAddress>()
  readonly keyPairs = new Map<string, { readonly id: string; readonly tags: Map<string, string> }>()
  readonly defaultGroup: AwsGroup
  readonly linuxImage: AwsImage
  readonly windowsImage: AwsImage
  lastReservationId: string | null = null
  /** Whoever makes a snapshot or a volume gets an encrypted one. */
  encryptsByDefault = false
  /** What was answered for a client token of EBS, with what had been asked. */
  readonly startedByToken = new Map<string, { readonly asked: string; readonly snapshot: AwsSnapshot }>()
  readonly #moving = new Set<AwsInstance>()

  constructor(name: string, optIn: OptInStatus, world: AwsAccount) {
    this.name = name
    this.optIn = optIn
    this.world = world
    const vpcId = idOf('vpc', world.serial())
    this.vpcs = new Map([[vpcId, { id: vpcId, cidr: '10.0.0.0/16', isDefault: true, tags: new Map([['Name', 'main']]) }]])
    this.subnets = new Map(
      ['a', 'b', 'c'].map((letter, index) => {
        const id = idOf('subnet', world.serial())
        return [id, { id, vpcId, zone: `${name}${letter}`, cidr: `10.0.${index * 64}.0/18`, tags: new Map([['Name', `subnet-${letter}`]]) }]
      }),
    )
    this.defaultGroup = { id: idOf('sg', world.serial()), name: 'default', vpcId, tags: new Map() }
    const web: AwsGroup = { id: idOf('sg', world.serial()), name: 'web', vpcId, tags: new Map([['Name', 'web']]) }
    this.groups.set(this.defaultGroup.id, this.defaultGroup).set(web.id, web)
    this.keyPairs.set('operator', { id: idOf('key', world.serial()), tags: new Map() })
    this.linuxImage = this.addImage({ name: 'al2023-ami-2023.6-kernel-6.1-x86_64', owner: '137112412989', platform: null, sizeGb: 8 })
    this.windowsImage = this.addImage({
      name: 'Windows_Server-2022-English-Full-Base',
      owner: '801119661308',
      platform: 'windows',
      sizeGb: 30,
    })
    const addressId = idOf('eipalloc', world.serial())
    this.addresses.set(addressId, { id: addressId, ip: '198.19.255.10', tags: new Map(), instanceId: null })
  }

  adopt(instance: AwsInstance): void {
    this.instances.set(instance.id, instance)
    if (instance.state === 'running') instance.publicIp = publicIpOf(instance)
    else if (instance.state === 'stopped') explain(instance, 'user', this.world.nowMs())
    if (this.world.options.staleMs > 0 && this.world.nowMs() - instance.launchedAtMs < 1_000) {
      instance.old = { xml: null, untilMs: this.world.nowMs() + this.world.options.staleMs }
    }
    this.world.moved(this.name, instance)
  }

  subnetFor(id: string | undefined, serial: number): AwsSubnet {
    const all = [...this.subnets.values()]
    const subnet = id === undefined ? all[serial % all.length] : this.subnets.get(id)
    if (!subnet) throw new Error(`no subnet ${id}`)
    return subnet
  }

  addVolume(
    spec: Pick<AwsVolume, 'sizeGb' | 'zone' | 'state' | 'snapshotId' | 'type'> & { readonly tags?: Map<string, string> },
  ): AwsVolume {
    const volume: AwsVolume = {
      id: idOf('vol', this.world.serial()),
      createdAtMs: this.world.nowMs(),
      attachedTo: null,
      ...spec,
      tags: spec.tags ?? new Map(),
      blocks: this.snapshots.get(spec.snapshotId ?? '')?.blocks ?? new Map(),
    }
    this.volumes.set(volume.id, volume)
    return volume
  }

  addSnapshot(
    spec: Pick<AwsSnapshot, 'volumeId' | 'sizeGb' | 'description' | 'tags'> & Partial<Pick<AwsSnapshot, 'blocks' | 'timeoutMs'>>,
  ): AwsSnapshot {
    const now = this.world.nowMs()
    const snapshot: AwsSnapshot = {
      id: idOf('snap', this.world.serial()),
      startedAtMs: now,
      isEncrypted: this.encryptsByDefault,
      // one that may be given up is written to
      completesAtMs: spec.timeoutMs === undefined ? now + this.world.options.transitionMs : null,
      timeoutMs: null,
      writtenAtMs: now,
      blocks: new Map(),
      ...spec,
    }
    this.snapshots.set(snapshot.id, snapshot)
    return snapshot
  }

  /** By its size alone: of one disk, with a snapshot that is somebody else's. */
  addImage(
    spec: Pick<AwsImage, 'name' | 'owner' | 'platform'> &
      Partial<Pick<AwsImage, 'description' | 'arch' | 'bootMode' | 'rootDevice' | 'tags'>> &
      ({ readonly sizeGb: number } | { readonly disks: readonly AwsImageDisk[] }),
  ): AwsImage {
    const rootDevice = spec.rootDevice ?? (spec.platform === 'windows' ? '/dev/sda1' : '/dev/xvda')
    const image: AwsImage = {
      id: idOf('ami', this.world.serial()),
      name: spec.name,
      owner: spec.owner,
      platform: spec.platform,
      description: spec.description ?? spec.name,
      arch: spec.arch ?? 'x86_64',
      bootMode: spec.bootMode ?? null,
      rootDevice,
      disks:
        'disks' in spec
          ? spec.disks
          : [{ device: rootDevice, snapshotId: idOf('snap', this.world.serial()), sizeGb: spec.sizeGb, deleteOnTermination: true }],
      createdAtMs: this.world.nowMs(),
      tags: spec.tags ?? new Map(),
    }
    this.images.set(image.id, image)
    return image
  }

  /** Everything that had to get somewhere by now has got there. */
  settle(): void {
    const now = this.world.nowMs()
    for (const instance of this.#moving) {
      if (instance.goes === null || instance.goes.atMs > now) continue
      const { to } = instance.goes
      this.#moving.delete(instance)
      instance.goes = null
      instance.state = to
      this.#arrived(instance)
      this.touch(instance, false)
      this.world.moved(this.name, instance)
    }
  }

  /** It is on its way; the answer is the state it was in. */
  move(instance: AwsInstance, through: InstanceState, to: InstanceState, why: Why | null): InstanceState {
    const before = instance.state
    instance.state = through
    instance.goes = { to, atMs: this.world.nowMs() + this.world.options.transitionMs }
    this.#moving.add(instance)
    if (through === 'pending') instance.launchedAtMs = this.world.nowMs()
    if (why === null) explain(instance, null, 0)
    else explain(instance, why, this.world.nowMs())
    this.touch(instance)
    this.world.moved(this.name, instance)
    return before
  }

  /** It is there at once: what somebody did a while ago. */
  jump(instance: AwsInstance, state: InstanceState, why: Why): void {
    this.#moving.delete(instance)
    instance.goes = null
    instance.state = state
    if (state === 'running') instance.launchedAtMs = this.world.nowMs()
    explain(instance, state === 'running' || state === 'pending' ? null : why, this.world.nowMs())
    this.#arrived(instance)
    this.touch(instance)
    this.world.moved(this.name, instance)
  }

  /** It has changed: its fragment is written anew, and lists may show the old one for a while. */
  touch(instance: AwsInstance, hides = true): void {
    const { staleMs } = this.world.options
    if (hides && staleMs > 0 && instance.xml) instance.old = { xml: instance.xml, untilMs: this.world.nowMs() + staleMs }
    instance.xml = null
  }

  #arrived(instance: AwsInstance): void {
    instance.publicIp = instance.state === 'running' ? publicIpOf(instance) : null
    if (instance.state !== 'terminated') return
    for (const { volumeId, deleteOnTermination } of instance.disks.values()) {
      const volume = this.volumes.get(volumeId)
      if (deleteOnTermination) this.volumes.delete(volumeId)
      else if (volume) Object.assign(volume, { attachedTo: null, state: 'available' })
    }
    instance.disks.clear()
  }
}

export type Why = 'user' | 'hibernate' | 'guest' | 'spot'

const WHY: Readonly<Record<Why, { readonly reason: string; readonly code: string; readonly message: string }>> = {
  user: {
    reason: 'User initiated',
    code: 'Client.UserInitiatedShutdown',
    message: 'Client.UserInitiatedShutdown: User initiated shutdown',
  },
  hibernate: {
    reason: 'User initiated',
    code: 'Client.UserInitiatedHibernate',
    message: 'Client.UserInitiatedHibernate: User initiated hibernate',
  },
  guest: { reason: '', code: 'Client.InstanceInitiatedShutdown', message: 'Client.InstanceInitiatedShutdown: Instance initiated shutdown' },
  spot: {
    reason: 'Server.SpotInstanceTermination',
    code: 'Server.SpotInstanceTermination',
    message: 'Server.SpotInstanceTermination: Instance terminated due to spot price',
  },
}

function explain(instance: AwsInstance, why: Why | null, atMs: number): void {
  if (why === null) {
    instance.reason = ''
    instance.stateReason = null
    return
  }
  const { reason, code, message } = WHY[why]
  const at = new Date(atMs).toISOString().replace('T', ' ').slice(0, 19)
  instance.reason = reason === 'User initiated' ? `${reason} (${at} GMT)` : reason
  instance.stateReason = { code, message }
}

function publicIpOf(instance: AwsInstance): string {
  const number = Number.parseInt(instance.id.slice(-6), 16)
  return `198.19.${(number >> 8) & 255}.${number & 255}`
}
