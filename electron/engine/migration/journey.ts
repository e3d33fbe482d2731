import type { HostId } from '../../../shared/model/index.ts'
import type { Clock, MachineMover } from '../../providers/provider.ts'
import type { InventoryReader, Links } from '../ports.ts'
import type { Verdict } from './standings.ts'

export interface WherePorts {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly clock: Clock
}

/** One machine and the two hosts that it may be at. */
export interface Journey {
  readonly ref: string
  readonly name: string
  readonly sourceHostId: HostId
  readonly targetHostId: HostId
  readonly isCold: boolean
}

export interface Seen {
  readonly verdict: Verdict
  readonly here: string
  /** Null: the target cannot be asked now. */
  readonly there: string | null
  readonly from: MachineMover
  readonly to: MachineMover | null
}
