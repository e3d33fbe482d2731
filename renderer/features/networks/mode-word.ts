import { NETWORK_MODES } from '../../../shared/model/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'

/** NAT, routed, isolated: what a network's mode is called; one that is not known stays as the host names it. */
export function modeWord(mode: string | null, i18n: I18n): string {
  const known = NETWORK_MODES.find((one) => one === mode)
  return known ? i18n.t(`network.mode.${known}`) : (mode ?? '–')
}
