import type { Permission } from '../../../shared/contract/index.ts'
import type { HardwareOptions, Machine, Reason } from '../../../shared/model/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'

export interface Circumstances {
  readonly machine: Machine
  readonly gone: boolean
  readonly live: boolean
  readonly may: (permission: Permission) => boolean
  readonly connection: string
  /** Kind of the task that holds it. */
  readonly busy: string | undefined
  readonly options: HardwareOptions | undefined
}

/** Why nothing of a machine's hardware can be changed now; null: it can. */
export function lockedReason({ machine, gone, live, may, connection, busy, options }: Circumstances, i18n: I18n): string | null {
  const reason = (code: string, params: Reason['params'] = {}) => i18n.reason({ code, text: code, params })
  if (gone) return i18n.t('machine.gone-action')
  if (!may('machine.modify')) return i18n.t('route.forbidden.text', { permission: 'machine.modify' })
  if (!live) return reason('link.not-live', { connection })
  if (busy !== undefined) return reason('machine.busy', { name: machine.name })
  return options?.reason ? i18n.reason(options.reason) : null
}
