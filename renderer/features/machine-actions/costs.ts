import { costsAfterStop, type Machine } from '../../../shared/model/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'
import type { Live } from '../../lib/live/index.ts'
import type { Offer } from './actions.ts'

const NONE: readonly Machine[] = []

/** Of the machines that this would stop, those whose CPU and memory go on costing. */
export function keepCosting({ input }: Offer, machines: readonly Machine[]): readonly Machine[] {
  const stops = input?.action === 'powerOff' || (input?.action === 'shutdown' && input.deallocate !== true)
  return stops ? machines.filter(costsAfterStop) : NONE
}

/** "2 of 40 will keep costing: Azure power-off." Names the way of stopping where all of them have the same. */
export function costsNote(costing: readonly Machine[], total: number, { store }: Live, { t, format }: I18n): string {
  const providers = new Set(costing.map((machine) => store.get('connection', machine.connectionId)?.providerId))
  const [only] = providers
  return t('costs.note', {
    count: costing.length,
    costing: format.number(costing.length),
    total: format.number(total),
    several: total > 1 ? 'yes' : 'no',
    cloud: providers.size === 1 && only !== undefined ? only : 'other',
  })
}
