import { AppError } from '../../../shared/errors/index.ts'
import type { ConnectionId, Machine, MachineAction } from '../../../shared/model/index.ts'
import type {
  ActBaseline,
  ActOptions,
  HardwareEditor,
  MachineBuilder,
  MachineMover,
  ProbeAnswer,
  ProviderConnection,
  VolumeKeeper,
} from '../../providers/provider.ts'
import type { Links } from '../ports.ts'

/** How the next action of that kind goes: by default it is done at once. */
export type Script = (host: FakeHost, ref: string, action: MachineAction, options: ActOptions) => Promise<void>

/** A host with machines whose link tests open, cut and script. */
export class FakeHost implements Links {
  readonly states = new Map<string, Machine['state']>()
  /** Every action that was carried out, in order: `start web-01`. */
  readonly executed: string[] = []
  /** Machines that are deleted; of those their disks may be left. */
  readonly gone = new Set<string>()
  readonly running = new Set<string>()
  mostAtOnce = 0
  script: Script | null = null
  probeAnswer: ProbeAnswer | AppError | null = null
  probes = 0
  /** What links offer from the next one on. */
  builder: MachineBuilder | null = null
  volumes: VolumeKeeper | null = null
  hardware: HardwareEditor | null = null
  migration: MachineMover | null = null
  readonly #listeners = new Set<(connectionId: ConnectionId) => void>()
  #link: ProviderConnection | undefined
  readonly #connectionId: ConnectionId

  constructor(connectionId = 'c1') {
    this.#connectionId = connectionId as ConnectionId
    this.#link = this.#newLink()
  }

  current(connectionId: ConnectionId): ProviderConnection | undefined {
    return connectionId === this.#connectionId ? this.#link : undefined
  }

  onChange(listener: (connectionId: ConnectionId) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  cut(): void {
    this.#link = undefined
    for (const listener of this.#listeners) listener(this.#connectionId)
  }

  mend(): void {
    this.#link = this.#newLink()
    for (const listener of this.#listeners) listener(this.#connectionId)
  }

  /** Carries an action out, as a real host would. */
  execute(ref: string, action: MachineAction): void {
    this.executed.push(`${action.action} ${ref}`)
    const next = AFTER[action.action]
    if (next) this.states.set(ref, next)
  }

  #newLink(): ProviderConnection {
    const unused = () => Promise.reject(new Error('not scripted'))
    return {
      capabilities: { unsupported: {} },
      builder: this.builder,
      volumes: this.volumes,
      hardware: this.hardware,
      snapshots: null,
      storage: null,
      networking: null,
      migration: this.migration,
      cloud: null,
      closed: new Promise(() => {}),
      watch: unused,
      setInterest: () => {},
      refresh: unused,
      baseline: async (ref, _action, { earlier }) => this.#baseline(ref, earlier),
      act: async (ref, action, options) => {
        this.running.add(ref)
        this.mostAtOnce = Math.max(this.mostAtOnce, this.running.size)
        try {
          if (this.script) await this.script(this, ref, action, options)
          else this.execute(ref, action)
        } finally {
          this.running.delete(ref)
        }
      },
      probe: async (ref, action, baseline) => this.#probe(ref, action, baseline),
      detail: unused,
      deletionPlan: async (ref) => ({
        name: ref,
        state: 'stopped',
        disks: [],
        snapshots: [],
        checkpoints: [],
        nvram: null,
        tpm: null,
        hasManagedSave: false,
      }),
      guestInfo: unused,
      guestDo: unused,
      consoles: unused,
      openConsole: unused,
      close: async () => {},
    }
  }

  #baseline(ref: string, earlier: ActBaseline | undefined): ActBaseline {
    if (this.gone.has(ref)) {
      if (earlier) return { ...earlier, marker: 'rest' }
      throw new AppError({ kind: 'not-found', code: 'fake.not-found', message: 'The host has no such machine.' })
    }
    return { state: this.states.get(ref) ?? 'stopped', name: ref, startedAtMs: null, marker: null }
  }

  #probe(ref: string, action: MachineAction, baseline: ActBaseline): ProbeAnswer {
    this.probes += 1
    if (this.probeAnswer instanceof AppError) throw this.probeAnswer
    if (this.probeAnswer) return this.probeAnswer
    const now = this.states.get(ref) ?? 'stopped'
    return now === AFTER[action.action] && now !== baseline.state ? 'done' : 'not-done'
  }
}

const AFTER: Partial<Record<MachineAction['action'], Machine['state']>> = {
  start: 'running',
  shutdown: 'stopped',
  powerOff: 'stopped',
  suspend: 'paused',
  resume: 'running',
  managedSave: 'saved',
  restore: 'running',
}

/** The reply was lost: the request left and nobody knows. */
export function lostReply(): AppError {
  return new AppError({ kind: 'indeterminate', code: 'fake.lost-reply', message: 'The link was cut while the host worked.' })
}
