import type { CloudId, CloudResource, Host } from '../../../../shared/model/index.ts'

export interface PlaceChosen {
  readonly zone: string
  readonly subnetId: string
}

/** Where in a place it will run, which decides what it costs; null: not known yet. */
export function regionOf(
  cloud: CloudId,
  place: Pick<Host, 'nativeRef'>,
  chosen: PlaceChosen,
  subnets: readonly CloudResource[],
): string | null {
  if (cloud === 'aws') return place.nativeRef
  if (cloud === 'gcp') return /^(.+)-[a-z]$/.exec(chosen.zone.trim())?.[1] ?? null
  const subnet = subnets.find(({ id }) => id === chosen.subnetId) ?? (subnets.length === 1 ? subnets[0] : undefined)
  return subnet?.region ?? null
}
