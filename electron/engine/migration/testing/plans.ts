import { randomBytes } from 'node:crypto'
import type { MemoryValues } from '../../testing/memory-values.ts'
import { PlannedMoves } from '../planned-moves.ts'
import type { FakePair } from './fake-pair.ts'

const LOG = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Planned moves between the hosts of a pair, over what an earlier process may have kept. */
export function plansOf(pair: FakePair, kept: MemoryValues): PlannedMoves {
  const { inventory, service: migrations, store: history, clock } = pair
  const events = { append: (event: FakePair['events'][number]) => void pair.events.push(event) }
  return new PlannedMoves({ inventory, migrations, history, kept, events, clock, log: LOG, randomBytes })
}
