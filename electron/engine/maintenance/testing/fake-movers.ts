import { AppError } from '../../../../shared/errors/index.ts'
import type { ConnectionId, Machine } from '../../../../shared/model/index.ts'
import type { EndFacts, IncomingFacts, MachineMover, OutgoingFacts, ProviderConnection } from '../../../providers/provider.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import type { Links } from '../../ports.ts'
import { putMachine } from '../../testing/facts.ts'

const END: EndFacts = {
  uuid: null,
  hostName: 'h',
  addresses: ['10.0.0.1'],
  libvirt: null,
  hypervisor: null,
  clockOffsetMs: null,
  clockErrorMs: null,
  nameResolvesTo: null,
  timeService: null,
}

interface FakeMachine {
  at: string
  state: Machine['state']
  memoryKiB: number
  autostart: boolean
  /** Of a disk in the pool `images`. */
  diskBytes: number
}

/** Hosts, each a connection of its own (`c1` has the host `h1`), whose machines really move from one to the other. */
export class FakeMovers implements Links {
  readonly machines = new Map<string, FakeMachine>()
  /** `web c1→c2`, in the order of their beginning. */
  readonly moved: string[] = []
  readonly acted: string[] = []
  /** By machine: pools that its disks need and no other host has. */
  readonly needsPool = new Map<string, string>()
  /** What the pool `images` of a host has free; a host that is not named has none. */
  readonly poolFree = new Map<string, number>()
  /** Free memory as the host itself tells it. */
  readonly memoryFree = new Map<string, number>()
  /** Links that are away. */
  readonly away = new Set<string>()
  /** Hosts that do not answer when they are asked what they have. */
  readonly silent = new Set<string>()
  /** Who was asked what it has, in the order. */
  readonly asked: string[] = []
  /** How each move goes; the default is at once. */
  script: (ref: string, from: string, to: string, signal: AbortSignal) => Promise<void> = async () => {}
  /** While it says so, a host that is asked what it has keeps whoever asks waiting, until `letGo`. */
  hold: () => boolean = () => false
  readonly #held: Array<() => void> = []
  looks = 0
  running = 0
  mostAtOnce = 0
  inventory: Inventory | null = null

  /** A host that has been known to, and one that was restarted: the new inventory hears what is there. */
  tell(inventory: Inventory): void {
    this.inventory = inventory
    for (const [ref, machine] of this.machines) this.#show(ref, machine)
  }

  add(ref: string, at: string, more: Partial<FakeMachine> = {}): void {
    const machine: FakeMachine = { at, state: 'running', memoryKiB: 1_048_576, autostart: false, diskBytes: 0, ...more }
    this.machines.set(ref, machine)
    this.#show(ref, machine)
  }

  letGo(): void {
    this.hold = () => false
    for (const go of this.#held.splice(0)) go()
  }

  remove(ref: string): void {
    const machine = this.machines.get(ref)
    this.machines.delete(ref)
    if (machine) this.#hide(ref, machine.at)
  }

  go(ref: string, to: string): void {
    const machine = this.machines.get(ref)
    if (!machine) return
    this.#hide(ref, machine.at)
    machine.at = to
    this.#show(ref, machine)
  }

  current(connectionId: ConnectionId): ProviderConnection | undefined {
    if (this.away.has(connectionId)) return undefined
    const act = async (ref: string, { action }: { readonly action: string }) => {
      this.acted.push(`${action} ${ref}`)
      const machine = this.machines.get(ref)
      if (!machine) return
      machine.state = action === 'start' ? 'running' : 'stopped'
      this.#show(ref, machine)
    }
    return {
      migration: this.#mover(connectionId),
      baseline: async (ref: string) => ({ state: this.machines.get(ref)?.state, name: ref, startedAtMs: null, marker: null }),
      act,
      probe: async () => 'not-done',
    } as unknown as ProviderConnection
  }

  onChange(): () => void {
    return () => {}
  }

  #show(ref: string, { at, state, memoryKiB, autostart }: FakeMachine): void {
    this.inventory?.applyChanges(at as ConnectionId, [putMachine(ref, `h${at.slice(1)}`, { state, memoryKiB, autostart })], {
      state: 'live',
    })
  }

  #hide(ref: string, at: string): void {
    this.inventory?.applyChanges(at as ConnectionId, [{ op: 'remove', entity: 'machine', ref }], { state: 'live' })
  }

  #mover(at: string): MachineMover & { readonly fakeAt: string } {
    const unused = () => Promise.reject(new Error('not scripted'))
    return {
      fakeAt: at,
      at: () => this.#mover(at),
      providerId: 'fake',
      outgoing: async (ref) => this.#outgoing(ref),
      incoming: async () => {
        this.asked.push(at)
        if (this.hold()) await new Promise<void>((resolve) => this.#held.push(resolve))
        if (this.silent.has(at)) throw new AppError({ kind: 'timeout', code: 'fake.silent', message: 'The host does not answer.' })
        return this.#incoming(at)
      },
      ends: async () => END,
      dirtyRate: unused,
      listen: unused,
      send: unused,
      move: async (ref, _order, receiver, { signal = new AbortController().signal }) => {
        const to = (receiver.mover as unknown as { readonly fakeAt: string }).fakeAt
        this.moved.push(`${ref} ${at}→${to}`)
        this.running += 1
        this.mostAtOnce = Math.max(this.mostAtOnce, this.running)
        try {
          await this.script(ref, at, to, signal)
          this.go(ref, to)
        } finally {
          this.running -= 1
        }
        return { totalMs: 1, downtimeMs: 1, dataBytes: 1, memoryBytesPerS: 1, passes: 1 }
      },
      follow: async () => null,
      standing: async (ref) => {
        const machine = this.machines.get(ref)
        const state = machine?.at !== at ? 'absent' : machine.state === 'running' ? 'running' : 'off'
        return { state, isPersistent: true }
      },
      settle: unused,
      tune: unused,
      cancel: unused,
      setClock: unused,
    }
  }

  #outgoing(ref: string): OutgoingFacts {
    this.looks += 1
    const machine = this.machines.get(ref)
    if (!machine) throw new AppError({ kind: 'not-found', code: 'fake.not-found', message: 'The host has no such machine.' })
    const pool = this.needsPool.get(ref) ?? (machine.diskBytes > 0 ? 'images' : undefined)
    const disk = {
      target: 'vda',
      device: 'disk' as const,
      type: 'file',
      path: '/x',
      pool: pool ?? null,
      volume: 'x',
      format: 'raw',
      capacityBytes: Math.max(1, machine.diskBytes),
      allocationBytes: Math.max(1, machine.diskBytes),
      isReadOnly: false,
      isShareable: false,
      cache: null,
      backing: [],
    }
    return {
      name: ref,
      uuid: ref,
      isRunning: machine.state === 'running',
      isPaused: false,
      isPersistent: true,
      hasManagedSave: false,
      xml: '<domain/>',
      machineType: null,
      arch: null,
      emulator: null,
      vcpus: 1,
      memoryKiB: machine.memoryKiB,
      residentKiB: null,
      hugePagesKiB: [],
      cpuMode: null,
      cpuModel: null,
      firmware: null,
      tpm: null,
      disks: pool === undefined ? [] : [disk],
      nics: [],
      hostDevices: [],
      snapshots: { internal: 0, external: 0 },
      checkpoints: 0,
      job: null,
      displays: [],
      agentAnswers: null,
      host: END,
    }
  }

  #incoming(at: string): IncomingFacts {
    const availableBytes = this.poolFree.get(at)
    const images = { name: 'images', isActive: true, type: 'dir', path: '/images', taken: [] }
    return {
      host: END,
      cpuMissing: [],
      cpuNote: null,
      hasMachineType: true,
      hasEmulator: true,
      hasLoader: true,
      hasTpm: true,
      memoryFreeKiB: this.memoryFree.get(at) ?? null,
      hugePagesFree: new Map(),
      pools: availableBytes === undefined ? [] : [{ ...images, availableBytes }],
      networks: [],
      bridges: [],
      paths: new Map(),
      uuidTaken: null,
      nameTaken: false,
      ports: null,
      peerTrust: null,
      peerTrustNote: null,
    }
  }
}
