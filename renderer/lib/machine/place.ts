import { type CloudFacts, type CloudId, type Host, isCloudId } from '../../../shared/model/index.ts'
import type { I18n } from '../i18n/index.ts'

/** A part of a cloud account, and no machine that carries others. */
export function isPlace({ kind }: Pick<Host, 'kind'>): boolean {
  return kind !== 'hypervisor'
}

const CLOUD_NAMES: Readonly<Record<CloudId, string>> = { aws: 'AWS', azure: 'Azure', gcp: 'Google Cloud' }

/** A cloud as it is called in sentences, in every language. */
export function cloudName(providerId: string | undefined): string | null {
  return isCloudId(providerId) ? CLOUD_NAMES[providerId] : null
}

/** Where a machine is: its zone, with its region where the zone alone is but a number; else its region. */
export function zoneOf({ region, zone }: Pick<CloudFacts, 'region' | 'zone'>): string {
  if (zone === null) return region
  return zone.startsWith(region) ? zone : `${region}-${zone}`
}

/** Why a region, a subscription or a project cannot be read while its account can, and what to do; null: it can, or is none. */
export function unseenText(
  host: Pick<Host, 'kind' | 'freshness' | 'name' | 'hypervisor'>,
  providerId: string | undefined,
  i18n: I18n,
): string | null {
  const { freshness, name } = host
  if (!isPlace(host) || freshness.state !== 'stale') return null
  const params = { name, cloud: cloudName(providerId) ?? host.hypervisor }
  return i18n.wording(`place.unseen.${freshness.reason}`, params) ?? i18n.t('place.unseen', { ...params, code: freshness.reason })
}
