import type { DomainRef, LibvirtHost } from '../../../libvirt/index.ts'
import type { CallOptions, Clock, Logger } from '../../provider.ts'
import type { Work } from '../act-context.ts'
import type { HostShell } from '../host-shell.ts'

/** What every piece of work on moves has. */
export interface MigrationPorts {
  readonly host: LibvirtHost
  readonly shell: HostShell | null
  readonly clock: Clock
  readonly log: Logger
  readonly domOf: (ref: string, work: Work) => Promise<DomainRef>
  readonly touch: (ref: string, dom: DomainRef) => void
  readonly touchDefinition: (ref: string) => void
}

/** One piece of work on the link: see `Link`. */
export type CallOnMachine = <T>(
  command: string | null,
  ref: string | null,
  options: CallOptions,
  run: (work: Work) => Promise<T>,
) => Promise<T>

export interface MigrationContext extends MigrationPorts {
  readonly work: Work
}

export interface MachineContext extends MigrationContext {
  readonly dom: DomainRef
}

/**
 * All words of one move go over one connection, which both daemons bind it to: when that ends, the target gives up what it receives, and the
 * source lets the machine run on.
 */
export const MOVE_LANE = { dedicated: true } as const
