import { type EventName, type EventOf, isLibvirtError, type LibvirtHost } from '../../libvirt/index.ts'
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
  'domain.block-job-2',
  'domain.tunable',
  'domain.agent-lifecycle',
  'domain.job-completed',
  'domain.metadata-change',
  'domain.memory-failure',
] as const satisfies readonly EventName[]

const OTHER_SIGNALS = ['network.lifecycle', 'storage-pool.lifecycle', 'storage-pool.refresh'] as const satisfies readonly EventName[]

type Named<N extends EventName> = { readonly [K in N]: { readonly name: K; readonly event: EventOf<K> } }[N]
export type DomainSignal = Named<(typeof DOMAIN_SIGNALS)[number]>
export type Signal = DomainSignal | Named<(typeof OTHER_SIGNALS)[number]>

/** The events of one link, subscribed once, handed to whoever listens. */
export class Signals {
  readonly #host: LibvirtHost
  readonly #log: Logger
  readonly #listeners = new Set<(signal: Signal) => void>()
  #domains: Promise<void> | undefined
  #others: Promise<void> | undefined

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

  /** The same for networks and pools, whose daemons may be others. What cannot be had is left out. */
  watchSurroundings(): Promise<void> {
    this.#others ??= this.#subscribe(OTHER_SIGNALS).catch((error: unknown) => {
      this.#others = undefined
      this.#log.warn('no events of networks and pools', { code: toProblem(error).code })
    })
    return this.#others
  }

  /** A daemon beside the hypervisor's went away, and with it what was subscribed there. */
  forgetSurroundings(): void {
    this.#others = undefined
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
