import type { Generated } from 'kysely'

/** The tables, as the newest migration leaves them. Bodies are JSON texts; the other columns are what is searched by. */
export interface Schema {
  /** Workspaces and connections: what people entered. */
  readonly configured: EntityTable
  /** Hosts, machines, networks and pools as last heard of. May be dropped at any time. */
  readonly cached: EntityTable
  readonly tasks: {
    readonly id: string
    readonly parent_id: string | null
    readonly target_id: string | null
    readonly created_at_ms: number
    /** 1: succeeded, partly, failed or cancelled. */
    readonly ended: number
    readonly body: string
  }
  readonly task_journal: {
    readonly seq: Generated<number>
    readonly task_id: string
    readonly at_ms: number
    readonly version: number
    readonly entry: string
  }
  readonly events: {
    readonly id: number
    readonly at_ms: number
    readonly connection_id: string | null
    readonly host_id: string | null
    readonly machine_id: string | null
    readonly task_id: string | null
    readonly body: string
  }
  readonly audit: { readonly seq: number; readonly body: string }
  readonly views: { readonly id: string; readonly position: number; readonly body: string }
  /** Earlier definitions of machines. */
  readonly definitions: {
    readonly id: Generated<number>
    readonly machine_id: string
    /** kept or running. */
    readonly definition: string
    readonly task_id: string | null
    /** All but the XML. */
    readonly body: string
    readonly xml: string
  }
  /** The kept definition of a machine as it was seen last. */
  readonly definitions_seen: { readonly machine_id: string; readonly xml: string }
  /** Moves that ended. */
  readonly migrations: {
    readonly task_id: string
    readonly machine_id: string
    readonly source_host_id: string
    readonly target_host_id: string
    readonly ended_at_ms: number
    readonly body: string
  }
  /** What machines write at which time. */
  readonly write_profiles: { readonly machine_id: string; readonly body: string }
  readonly settings: KeyValueTable
  readonly metadata: KeyValueTable
}

interface EntityTable {
  readonly entity: string
  readonly id: string
  readonly body: string
}

interface KeyValueTable {
  readonly key: string
  readonly value: string
}
