import { randomUUID } from 'node:crypto'
import type { Enrolled } from '../roster.ts'
import { type FleetOptions, lockOn, makeFleet, makeMachine } from './fleet.ts'
import { Listing } from './listing.ts'
import { PageBlobs } from './page-blobs.ts'
import {
  ArmError,
  type AzureDisk,
  type AzureGalleryPart,
  type AzureLock,
  type AzureNic,
  type AzurePublicIp,
  type AzureSnapshot,
  type AzureVm,
  type NativeError,
  type PowerState,
} from './parts.ts'

export interface WorldOptions extends FleetOptions {
  readonly transitionMs: number
  /** So long a change is missing from the lists. */
  readonly lagMs: number
}

/** A long operation. */
export interface Operation {
  readonly id: string
  readonly subscription: string
  readonly location: string
  readonly startedAtMs: number
  endedAtMs: number | null
  error: NativeError | null
  /** What its `Location` answers once it has succeeded, as JSON; null: nothing. */
  readonly result: (() => string) | null
}

/** One line of the activity log. */
export interface Activity {
  readonly atMs: number
  readonly resourceId: string
  readonly action: string
  readonly clientRequestId: string
  readonly correlationId: string
  readonly status: 'Accepted' | 'Failed'
  readonly httpStatus: number
}

/** What a long operation does to one machine. */
export interface Transition {
  readonly via: PowerState | null
  readonly provisioning: 'Creating' | 'Updating' | 'Deleting'
  readonly finish: () => void
  readonly result?: () => string
}

/** The state of the loopback Azure. A test looks at it and changes it behind the adapter's back; references are ids in lower case. */
export class AzureWorld {
  readonly subscriptions: readonly string[]
  /** A plain machine that runs, and one that is deallocated, both in the first subscription. */
  readonly running: string
  readonly off: string
  readonly listing: Listing
  readonly snapshots = new Map<string, AzureSnapshot>()
  /** What is on disks and in snapshots. */
  readonly blobs = new PageBlobs()
  readonly publicIps = new Map<string, AzurePublicIp>()
  readonly galleries = new Map<string, AzureGalleryPart>()
  readonly galleryImages = new Map<string, AzureGalleryPart>()
  readonly galleryVersions = new Map<string, AzureGalleryPart>()
  /** What was asked for, as the activity log tells it. */
  readonly activities: Activity[] = []
  readonly operations = new Map<string, Operation>()
  /** The most operations that one request for their states has named. */
  mostAskedAtOnce = 0
  /** Roles of the caller by subscription, as Microsoft.Authorization/permissions lists them; absent: everything is allowed. */
  readonly permissions = new Map<string, ReadonlyArray<{ readonly actions: readonly string[]; readonly notActions: readonly string[] }>>()
  /** Subscriptions that are disabled, as after an unpaid bill: reads work, changes do not. */
  readonly disabled = new Set<string>()
  /** Subscriptions that are not registered for Microsoft.ComputeSchedule. */
  readonly unregistered = new Set<string>()
  /** Machines that the caller may not change, as a batch tells it of each; references. */
  readonly denied = new Set<string>()
  /** What machines were made with; null: no password. By reference. */
  readonly passwords = new Map<string, string | null>()
  readonly #machines = new Map<string, AzureVm>()
  readonly #disks = new Map<string, AzureDisk>()
  readonly #nics = new Map<string, AzureNic>()
  readonly #locks = new Map<string, AzureLock>()
  readonly #stalled = new Set<string>()
  readonly #failing = new Map<string, NativeError>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #transitionMs: number

  constructor({ transitionMs, lagMs, ...fleet }: WorldOptions) {
    const { subscriptions, machines, locks } = makeFleet(fleet, Date.now())
    this.#transitionMs = transitionMs
    this.subscriptions = subscriptions
    this.listing = new Listing(lagMs)
    for (const vm of machines) this.enter(vm)
    for (const lock of locks) this.#locks.set(lock.scope.toLowerCase(), lock)
    this.running = machines[0]?.id.toLowerCase() ?? ''
    this.off = machines[1]?.id.toLowerCase() ?? ''
  }

  get machines(): ReadonlyMap<string, AzureVm> {
    return this.#machines
  }

  get disks(): ReadonlyMap<string, AzureDisk> {
    return this.#disks
  }

  get nics(): ReadonlyMap<string, AzureNic> {
    return this.#nics
  }

  get locks(): ReadonlyMap<string, AzureLock> {
    return this.#locks
  }

  machine(ref: string): AzureVm {
    const vm = this.#machines.get(ref.toLowerCase())
    if (vm === undefined) throw new Error(`no machine ${ref}`)
    return vm
  }

  /** At once, without an operation. */
  setPower(ref: string, power: PowerState): void {
    this.change(this.machine(ref), (vm) => {
      vm.power = power
      vm.hibernated = false
      vm.changedAtMs = Date.now()
    })
  }

  setTags(ref: string, tags: Readonly<Record<string, string>>): void {
    this.change(this.machine(ref), (vm) => {
      vm.tags = tags
    })
  }

  setSize(ref: string, size: string): void {
    this.change(this.machine(ref), (vm) => {
      vm.size = size
    })
  }

  lock(ref: string, level: AzureLock['level'] = 'CanNotDelete'): void {
    this.#locks.set(ref.toLowerCase(), lockOn(this.machine(ref), level))
  }

  unlock(ref: string): void {
    this.#locks.delete(ref.toLowerCase())
  }

  /** Somebody else made a machine. The answer is its reference. */
  add(
    options: Partial<Pick<Enrolled, 'name' | 'running' | 'windows' | 'spot' | 'tags'>> & {
      readonly subscription?: string
      readonly location?: string
    } = {},
  ): string {
    const index = this.#machines.size + 1000
    const { subscription = this.subscriptions[0] ?? '', location, ...rest } = options
    const plain = {
      name: `new-${index}`,
      place: 0,
      type: 0,
      running: true,
      spot: false,
      windows: false,
      protected: false,
      tags: {},
      ageMs: 0,
    }
    const vm = makeMachine({ ...plain, ...rest, index }, subscription, Date.now(), location)
    this.enter(vm)
    this.listing.added(vm)
    return vm.id.toLowerCase()
  }

  remove(ref: string): void {
    const vm = this.machine(ref)
    this.listing.removed(vm)
    this.#machines.delete(vm.id.toLowerCase())
    for (const { disk, deleteOption } of vm.disks) {
      if (deleteOption === 'Delete') this.removeDisk(disk.id)
      else disk.owner = null
    }
    for (const nic of vm.nics) nic.owner = null
    this.#locks.delete(vm.id.toLowerCase())
  }

  removeDisk(id: string): void {
    this.#disks.delete(id.toLowerCase())
    this.blobs.forget(id)
  }

  addNic(nic: AzureNic): void {
    this.#nics.set(nic.id.toLowerCase(), nic)
    if (nic.publicIp !== null) this.publicIps.set(nic.publicIp.id.toLowerCase(), nic.publicIp)
  }

  removeNic(id: string): void {
    this.#nics.delete(id.toLowerCase())
  }

  /** By its scope, in lower case. */
  setLock(lock: AzureLock): void {
    this.#locks.set(lock.scope.toLowerCase(), lock)
  }

  addDisk(disk: AzureDisk): void {
    this.#disks.set(disk.id.toLowerCase(), disk)
  }

  /** Operations on it never end from now on. */
  stall(ref: string): void {
    this.#stalled.add(ref.toLowerCase())
  }

  /** Its next operation is accepted and fails. */
  failNext(ref: string, error: NativeError): void {
    this.#failing.set(ref.toLowerCase(), error)
  }

  /** What its next operation is to fail with, which it then does no more; null: nothing. */
  takeFailure(ref: string): NativeError | null {
    const failure = this.#failing.get(ref.toLowerCase()) ?? null
    this.#failing.delete(ref.toLowerCase())
    return failure
  }

  change(vm: AzureVm, how: (vm: AzureVm) => void): void {
    this.listing.changing(vm)
    how(vm)
  }

  /** Begins a long operation on a machine. */
  begin(vm: AzureVm, transition: Transition): Operation {
    if (vm.provisioning === 'Deleting') {
      throw new ArmError(409, 'OperationNotAllowed', `The operation is not allowed on VM '${vm.name}' since the VM is marked for deletion.`)
    }
    const before = vm.power
    const key = vm.id.toLowerCase()
    this.change(vm, () => {
      vm.power = transition.via ?? vm.power
      vm.provisioning = transition.provisioning
      vm.failure = null
    })
    const operation = this.#operation(vm.subscription, vm.location, transition.result ?? null)
    if (this.#stalled.has(key)) return operation
    this.after(this.#transitionMs, () => {
      const failure = this.takeFailure(key)
      operation.endedAtMs = Date.now()
      vm.changedAtMs = Date.now()
      if (failure === null) {
        this.change(vm, () => {
          vm.provisioning = 'Succeeded'
        })
        transition.finish()
        return
      }
      operation.error = failure
      this.change(vm, () => {
        vm.power = before
        vm.provisioning = 'Failed'
        vm.failure = failure
      })
    })
    return operation
  }

  /** A long operation that is about no machine. */
  run(
    subscription: string,
    location: string,
    finish: () => void,
    result: (() => string) | null = null,
    failure: NativeError | null = null,
  ): Operation {
    const operation = this.#operation(subscription, location, result)
    this.after(this.#transitionMs, () => {
      operation.endedAtMs = Date.now()
      operation.error = failure
      finish()
    })
    return operation
  }

  after(delayMs: number, what: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      what()
    }, delayMs)
    this.#timers.add(timer)
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  #operation(subscription: string, location: string, result: (() => string) | null): Operation {
    const operation: Operation = { id: randomUUID(), subscription, location, startedAtMs: Date.now(), endedAtMs: null, error: null, result }
    this.operations.set(operation.id, operation)
    return operation
  }

  enter(vm: AzureVm): void {
    this.#machines.set(vm.id.toLowerCase(), vm)
    for (const { disk } of vm.disks) this.#disks.set(disk.id.toLowerCase(), disk)
    for (const nic of vm.nics) this.addNic(nic)
  }
}
