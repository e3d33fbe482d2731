import { constants as c, type DomainRef, type LibvirtHost } from '../../../libvirt/index.ts'
import type { Logger } from '../../provider.ts'
import { toProblem } from '../problems.ts'
import type { Signal, Signals } from '../signals.ts'
import { BalloonTargets, startKiB } from './balloon.ts'

export interface BalloonWatchPorts {
  readonly host: LibvirtHost
  readonly signals: Pick<Signals, 'listen'>
  readonly log: Logger
}

const READ_TIMEOUT_MS = 30_000

/** Learns what guests were told to make do with from what a link hears. */
export class BalloonWatch {
  readonly targets = new BalloonTargets()
  readonly #ports: BalloonWatchPorts
  readonly #reading = new Map<string, Promise<void>>()

  constructor(ports: BalloonWatchPorts) {
    this.#ports = ports
    ports.signals.listen((signal) => this.#hear(signal))
  }

  /** Settles once what was heard of this machine has been read. */
  async heard(ref: string): Promise<void> {
    await this.#reading.get(ref)
  }

  #hear(signal: Signal): void {
    if (signal.name === 'domain.balloon-change') this.targets.saw(signal.event.dom.uuid, Number(signal.event.actual))
    if (signal.name !== 'domain.lifecycle') return
    const { dom, event, detail } = signal.event
    // one that is restored, or comes from another host, was told something else before
    if (event === c.VIR_DOMAIN_EVENT_STARTED && detail === c.VIR_DOMAIN_EVENT_STARTED_BOOTED) this.#started(dom)
    else if (event === c.VIR_DOMAIN_EVENT_STARTED || event === c.VIR_DOMAIN_EVENT_STOPPED) this.targets.stopped(dom.uuid)
  }

  #started(dom: DomainRef): void {
    const { host, log } = this.#ports
    const args = { dom, flags: c.VIR_DOMAIN_XML_INACTIVE }
    const reading = host
      .call('domainGetXmlDesc', args, { timeoutMs: READ_TIMEOUT_MS })
      .then(
        ({ xml }) => this.targets.started(dom.uuid, String(dom.id), startKiB(xml)),
        (error: unknown) => log.debug('what it was started with was not read', { ref: dom.uuid, code: toProblem(error).code }),
      )
      .finally(() => {
        if (this.#reading.get(dom.uuid) === reading) this.#reading.delete(dom.uuid)
      })
    this.#reading.set(dom.uuid, reading)
  }
}
