import { type EventName, type EventOf, type HostPart, isLibvirtError, type LibvirtHost } from '../../libvirt/index.ts'
import type { Logger } from '../provider.ts'
import { toProblem } from './problems.ts'

const DOMAIN_SIGNALS = [
  'domain.lifecycle',
  'domain.reboot',
  'domain.watchdog',
  'domain.io-error-reason',
  'domain.disk-change',
  'domain.tray-change',
  'domain.balloon-change',
  'domain.device-added',
  'domain.device-removed',
  'domain.device-removal-failed',
  'domain.block-job-2',
  'domain.tunable',
  'domain.agent-lifecycle',
  'domain.job-completed',
  'domain.metadata-change',
  'domain.memory-failure',
] as const satisfies readonly EventName[]

const OTHER_SIGNALS = ['network.lifecycle', 'storage-pool.lifecycle', 'storage-pool.refresh'] as const satisfies readonly EventName[]

/** The part of the host whose daemon tells of it, where that is not the hypervisor's. */
const PART_OF = { 'network.lifecycle': 'network', 'storage-pool.lifecycle': 'storage', 'storage-pool.refresh': 'storage' } as const

type Named<N extends EventName> = { readonly [K in N]: { readonly name: K; readonly event: EventOf<K> } }[N]
export type DomainSignal = Named<(typeof DOMAIN_SIGNALS)[number]>
export type Signal = DomainSignal | Named<(typeof OTHER_SIGNALS)[number]>

/** The events of one link, subscribed once, handed to whoever listens. */
export class Signals {
  readonly #host: LibvirtHost
  readonly #log: Logger
  readonly #listeners = new Set<(signal: Signal) => void>()
  #domains: Promise<void> | undefined
  /** What is subscribed to of networks and pools, or is being. */
  readonly #others = new Map<(typeof OTHER_SIGNALS)[number], Promise<boolean>>()

  constructor(host: LibvirtHost, log: Logger) {
    this.#host = host
    this.#log = log
  }

  listen(listener: (signal: Signal) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Settles when the host has registered all domain events: what happens from then on is heard. */
  watchDomains(): Promise<void> {
    this.#domains ??= this.#subscribe(DOMAIN_SIGNALS).catch((error: unknown) => {
      this.#domains = undefined
      throw error
    })
    return this.#domains
  }

  /** The same for networks and pools, whose daemons may be others. False: something of it cannot be had for now. */
  async watchSurroundings(): Promise<boolean> {
    const heard = await Promise.all(OTHER_SIGNALS.map((name) => this.#others.get(name) ?? this.#subscribeOther(name)))
    return heard.every(Boolean)
  }

  /** The daemon of a part went away, and with it what was subscribed there. What another daemon tells is still subscribed to. */
  forget(part: HostPart): void {
    for (const name of OTHER_SIGNALS) if (PART_OF[name] === part) this.#others.delete(name)
  }

  #subscribeOther(name: (typeof OTHER_SIGNALS)[number]): Promise<boolean> {
    const heard = this.#subscribeOne(name).then(
      () => true,
      (error: unknown) => {
        if (this.#others.get(name) === heard) this.#others.delete(name)
        this.#log.warn('no events of networks or pools', { event: name, code: toProblem(error).code })
        return false
      },
    )
    this.#others.set(name, heard)
    return heard
  }

  async #subscribe(names: readonly Signal['name'][]): Promise<void> {
    await Promise.all(names.map((name) => this.#subscribeOne(name)))
  }

  async #subscribeOne(name: Signal['name']): Promise<void> {
    const deliver = (event: unknown) => {
      // The name decides the event's type; the compiler cannot follow that through the loop above.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
      const signal = { name, event } as Signal
      for (const listener of this.#listeners) listener(signal)
    }
    try {
      await this.#host.subscribe(name, deliver)
    } catch (error) {
      // An older libvirt or another driver does not have each of them; without lifecycle nothing would be live.
      if (name === 'domain.lifecycle' || !isLibvirtError(error) || error.remote === undefined) throw error
      this.#log.debug('event not offered', { event: name, number: error.number })
    }
  }
}
