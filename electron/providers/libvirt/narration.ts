import { constants as c, type LibvirtError } from '../../libvirt/index.ts'
import type { ProviderEvent } from '../provider.ts'
import type { DomainSignal } from './signals.ts'

type Severity = ProviderEvent['severity']
type Told = readonly [code: string, severity: Severity, text: (name: string) => string]

const info = (code: string, text: (name: string) => string): Told => [code, 'info', text]

/** Lifecycle event and detail → a line of the event log. A detail that is not listed reads as the event in general. */
const LIFECYCLE: Readonly<Record<number, { readonly general: Told | null; readonly details?: Readonly<Record<number, Told | null>> }>> = {
  [c.VIR_DOMAIN_EVENT_DEFINED]: {
    general: info('machine.defined', (name) => `${name} was defined.`),
    details: {
      [c.VIR_DOMAIN_EVENT_DEFINED_UPDATED]: info('machine.changed', (name) => `The definition of ${name} was changed.`),
      [c.VIR_DOMAIN_EVENT_DEFINED_RENAMED]: info('machine.renamed', (name) => `A machine was renamed to ${name}.`),
    },
  },
  [c.VIR_DOMAIN_EVENT_UNDEFINED]: {
    general: info('machine.deleted', (name) => `${name} was deleted.`),
    details: { [c.VIR_DOMAIN_EVENT_UNDEFINED_RENAMED]: null },
  },
  [c.VIR_DOMAIN_EVENT_STARTED]: {
    general: info('machine.started', (name) => `${name} started.`),
    details: {
      [c.VIR_DOMAIN_EVENT_STARTED_MIGRATED]: info('machine.migrated-in', (name) => `${name} arrived by migration.`),
      [c.VIR_DOMAIN_EVENT_STARTED_RESTORED]: info('machine.restored', (name) => `${name} was restored from its saved state.`),
      [c.VIR_DOMAIN_EVENT_STARTED_WAKEUP]: info('machine.resumed', (name) => `${name} woke up.`),
    },
  },
  [c.VIR_DOMAIN_EVENT_SUSPENDED]: {
    general: info('machine.paused', (name) => `${name} was paused.`),
    details: {
      [c.VIR_DOMAIN_EVENT_SUSPENDED_IOERROR]: [
        'machine.paused-io-error',
        'error',
        (name) => `${name} was paused by an I/O error of a disk.`,
      ],
      [c.VIR_DOMAIN_EVENT_SUSPENDED_WATCHDOG]: ['machine.paused-watchdog', 'warning', (name) => `${name} was paused by its watchdog.`],
      [c.VIR_DOMAIN_EVENT_SUSPENDED_POSTCOPY_FAILED]: [
        'machine.postcopy-failed',
        'error',
        (name) => `The migration of ${name} broke in post-copy.`,
      ],
    },
  },
  [c.VIR_DOMAIN_EVENT_RESUMED]: { general: info('machine.resumed', (name) => `${name} runs on.`) },
  [c.VIR_DOMAIN_EVENT_STOPPED]: {
    general: info('machine.stopped', (name) => `${name} shut down.`),
    details: {
      [c.VIR_DOMAIN_EVENT_STOPPED_DESTROYED]: info('machine.stopped', (name) => `${name} was powered off.`),
      [c.VIR_DOMAIN_EVENT_STOPPED_CRASHED]: ['machine.crashed', 'error', (name) => `${name} crashed.`],
      [c.VIR_DOMAIN_EVENT_STOPPED_FAILED]: ['machine.crashed', 'error', (name) => `The hypervisor process of ${name} ended unexpectedly.`],
      [c.VIR_DOMAIN_EVENT_STOPPED_SAVED]: info('machine.saved', (name) => `${name} was saved.`),
      [c.VIR_DOMAIN_EVENT_STOPPED_MIGRATED]: info('machine.migrated-out', (name) => `${name} left by migration.`),
    },
  },
  [c.VIR_DOMAIN_EVENT_SHUTDOWN]: { general: null },
  [c.VIR_DOMAIN_EVENT_PMSUSPENDED]: { general: info('machine.suspended', (name) => `${name} put itself to sleep.`) },
  [c.VIR_DOMAIN_EVENT_CRASHED]: { general: ['machine.crashed', 'error', (name) => `The guest in ${name} crashed.`] },
}

function toldOf(signal: DomainSignal): Told | null {
  switch (signal.name) {
    case 'domain.lifecycle': {
      const { event, detail } = signal.event
      const row = LIFECYCLE[event]
      const special = row?.details?.[detail]
      return special === undefined ? (row?.general ?? null) : special
    }
    case 'domain.reboot':
      return info('machine.rebooted', (name) => `${name} restarted.`)
    case 'domain.watchdog':
      return ['machine.watchdog', 'warning', (name) => `The watchdog of ${name} fired: its guest hung.`]
    case 'domain.io-error-reason': {
      const { srcPath, reason } = signal.event
      return ['machine.io-error', 'error', (name) => `${name} has an I/O error on ${srcPath}${reason === '' ? '' : `: ${reason}`}.`]
    }
    case 'domain.memory-failure':
      return ['machine.memory-failure', 'error', (name) => `A memory error hit ${name}.`]
    default:
      return null
  }
}

/** What an event is worth saying in the log; null for what only changes figures. */
export function narrate(signal: DomainSignal, hostRef: string, atMs: number): ProviderEvent | null {
  const told = toldOf(signal)
  if (told === null) return null
  const [code, severity, text] = told
  const { name, uuid } = signal.event.dom
  return { atMs, severity, code, params: { name }, text: text(name), machineRef: uuid, hostRef }
}

/** More machines than the protocol can list: what is shown of the host is right, but not all. */
export function listIncomplete({ message }: LibvirtError, hostRef: string, atMs: number): ProviderEvent {
  return {
    atMs,
    severity: 'error',
    code: 'host.list-incomplete',
    params: {},
    text: `Not all machines are shown. ${message}`,
    machineRef: null,
    hostRef,
  }
}
