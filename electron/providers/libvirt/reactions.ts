import { constants, type DomainRef } from '../../libvirt/index.ts'
import type { Clock, ProviderSink } from '../provider.ts'
import type { AddressBook } from './addresses.ts'
import type { Definitions } from './definitions.ts'
import type { MachineReader } from './machine-reader.ts'
import type { MachineTable } from './machine-table.ts'
import type { MachineTeller } from './machine-teller.ts'
import { narrate } from './narration.ts'
import type { DomainSignal, Signal } from './signals.ts'
import { stateAfter } from './states.ts'
import type { SurroundingsWatch } from './surroundings-watch.ts'

export interface ReactionPorts {
  readonly hostRef: string
  readonly sink: ProviderSink
  readonly clock: Clock
  readonly table: MachineTable
  readonly reader: MachineReader
  readonly teller: MachineTeller
  readonly definitions: Definitions
  readonly addresses: AddressBook
  readonly surroundings: SurroundingsWatch
  /** Looks at a machine now. */
  readonly touch: (ref: string, dom: DomainRef) => void
}

/** What an event of the host means for what is known of it: what it says itself, and what is to be read again. */
export function react(signal: Signal, ports: ReactionPorts): void {
  switch (signal.name) {
    case 'network.lifecycle':
      ports.surroundings.readNetworks()
      return
    case 'storage-pool.lifecycle':
    case 'storage-pool.refresh':
      ports.surroundings.readPools()
      return
    default:
      reactToDomain(signal, ports)
  }
}

function reactToDomain(signal: DomainSignal, ports: ReactionPorts): void {
  const { addresses, clock, definitions, hostRef, sink, table, teller } = ports
  const { dom } = signal.event
  const told = narrate(signal, hostRef, clock.nowMs())
  if (told) sink.event(told)
  switch (signal.name) {
    case 'domain.lifecycle':
      foresee(dom, signal.event.event, signal.event.detail, ports)
      ports.touch(dom.uuid, dom)
      if (signal.event.event !== constants.VIR_DOMAIN_EVENT_UNDEFINED) definitions.request(dom.uuid, true)
      return
    case 'domain.balloon-change':
      table.applyMemory(dom.uuid, Number(signal.event.actual))
      teller.flushSoon()
      return
    case 'domain.agent-lifecycle':
      table.applyAgent(dom.uuid, signal.event.state === 1 ? 'connected' : 'disconnected')
      addresses.agentChanged(dom.uuid)
      // A definition that is under way may have been written before: it would take this back.
      if (definitions.isDue(dom.uuid)) definitions.request(dom.uuid, true)
      teller.flush()
      return
    case 'domain.reboot':
    case 'domain.job-completed':
    case 'domain.watchdog':
    case 'domain.io-error-reason':
    case 'domain.memory-failure':
      ports.touch(dom.uuid, dom)
      return
    default:
      definitions.request(dom.uuid, true)
  }
}

/** The row changes with the event; the reading that follows makes sure. */
function foresee(dom: DomainRef, event: number, detail: number, { table, reader, teller }: ReactionPorts): void {
  const native = stateAfter(event, detail)
  if (native === null || !teller.isListed) return
  const saved = event === constants.VIR_DOMAIN_EVENT_STOPPED && detail === constants.VIR_DOMAIN_EVENT_STOPPED_SAVED
  const started = event === constants.VIR_DOMAIN_EVENT_STARTED
  table.applyEvent(dom, native, saved ? true : started ? false : null, reader.nextRead())
  teller.flush()
}
