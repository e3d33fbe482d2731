import type { AppError } from '../../../shared/errors/index.ts'
import type { Host, Machine, MachineMetrics, Network, Pool } from '../../../shared/model/index.ts'

/** Facts are entities without what the engine adds: ids, revisions, freshness. References are the provider's own. */
export type HostFacts = Omit<Host, 'id' | 'connectionId' | 'nativeRef' | 'revision' | 'observedAtMs' | 'freshness' | 'maintenance'>
export type MachineFacts = Omit<Machine, 'id' | 'connectionId' | 'hostId' | 'nativeRef' | 'revision' | 'observedAtMs' | 'networkIds'> & {
  readonly hostRef: string
  readonly networkRefs: readonly string[]
}
export type NetworkFacts = Omit<Network, 'id' | 'connectionId' | 'hostId' | 'nativeRef' | 'revision' | 'observedAtMs'> & {
  readonly hostRef: string
}
export type PoolFacts = Omit<Pool, 'id' | 'connectionId' | 'hostId' | 'nativeRef' | 'revision' | 'observedAtMs'> & {
  readonly hostRef: string
}

export interface FactsByEntity {
  readonly host: HostFacts
  readonly machine: MachineFacts
  readonly network: NetworkFacts
  readonly pool: PoolFacts
}
export type ProvidedEntity = keyof FactsByEntity

/** One observation. `complete` says: this is the whole list of that host now, so whatever else was known there is gone. */
export type ProviderChange = {
  readonly [E in ProvidedEntity]:
    | {
        readonly op: 'put'
        readonly entity: E
        readonly ref: string
        readonly facts: FactsByEntity[E]
        /** Facts that have not been read yet and hold placeholders: of an object that is known, what is known stays. */
        readonly unread?: ReadonlyArray<keyof FactsByEntity[E]>
      }
    | { readonly op: 'patch'; readonly entity: E; readonly ref: string; readonly patch: Partial<FactsByEntity[E]> }
    | { readonly op: 'remove'; readonly entity: E; readonly ref: string }
    | { readonly op: 'complete'; readonly entity: E; readonly hostRef: string | null; readonly refs: readonly string[] }
}[ProvidedEntity]

/** Something worth a line in the event log. */
export interface ProviderEvent {
  readonly atMs: number
  readonly severity: 'info' | 'warning' | 'error'
  /** Stable and dotted, such as `machine.started`. */
  readonly code: string
  readonly params: Readonly<Record<string, string | number | boolean | null>>
  readonly text: string
  readonly machineRef: string | null
  readonly hostRef: string | null
}

export interface MachineSample {
  readonly ref: string
  readonly metrics: MachineMetrics
  /** It comes late, after newer ones or along with them: it goes to the history alone, at its own time. Oldest first. */
  readonly isPast?: boolean
}

/** Where a connection puts what it sees. Calls are synchronous and cheap; batches are applied in order, as a whole. */
export interface ProviderSink {
  changes(batch: readonly ProviderChange[]): void
  /** Samples, apart from changes: they touch no revision but that of the metrics. */
  metrics(samples: readonly MachineSample[]): void
  event(event: ProviderEvent): void
  /** All that is known of this host was true at that time (an answered ping or a finished refresh). */
  confirmed(hostRef: string, atMs: number): void
  /** This part cannot be read since then, and the rest goes on: what is known of it stays, as stale. `confirmed` ends it. */
  unseen(hostRef: string, sinceMs: number, why: AppError): void
}

/** What the eye is on: sampled every second (twice when focused); the rest every 15 to 30 seconds. */
export interface Interest {
  readonly visibleRefs: ReadonlySet<string>
  readonly focusedRef: string | null
}
