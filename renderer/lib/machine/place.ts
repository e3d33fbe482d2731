import type { Host } from '../../../shared/model/index.ts'
import type { I18n } from '../i18n/index.ts'

/** A part of a cloud account, and no machine that carries others. */
export function isPlace({ kind }: Pick<Host, 'kind'>): boolean {
  return kind !== 'hypervisor'
}

/** Why a region, a subscription or a project cannot be read while its account can, and what to do; null: it can, or is none. */
export function unseenText(host: Pick<Host, 'kind' | 'freshness' | 'name' | 'hypervisor'>, i18n: I18n): string | null {
  const { freshness, name } = host
  if (!isPlace(host) || freshness.state !== 'stale') return null
  const params = { name, cloud: host.hypervisor }
  return i18n.wording(`place.unseen.${freshness.reason}`, params) ?? i18n.t('place.unseen', { ...params, code: freshness.reason })
}
