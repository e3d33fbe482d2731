import { notAnId } from './problems.ts'

/** The parts of an ARM id: `/subscriptions/S/resourceGroups/G/providers/NAMESPACE/TYPE/NAME`. Their case is not stable, so it counts nowhere. */
export interface ArmId {
  readonly subscription: string
  readonly group: string
  /** Namespace and type in lower case: `microsoft.compute/virtualmachines`. */
  readonly type: string
  readonly name: string
}

export const MACHINE_TYPE = 'microsoft.compute/virtualmachines'

/** Null: it is no id of a thing in a resource group. */
export function parseId(id: string): ArmId | null {
  const [, subscriptions, subscription, groups, group, providers, namespace, type, name, ...rest] = id.split('/')
  if (subscriptions?.toLowerCase() !== 'subscriptions' || groups?.toLowerCase() !== 'resourcegroups') return null
  if (providers?.toLowerCase() !== 'providers' || !subscription || !group || !namespace || !type || !name || rest.length > 0) return null
  return { subscription: subscription.toLowerCase(), group, type: `${namespace}/${type}`.toLowerCase(), name }
}

/** Throws `invalid-input` azure.not-an-id. */
export function idOf(ref: string): ArmId {
  const id = parseId(ref)
  if (id === null) throw notAnId(ref)
  return id
}

/** The form in which ids are compared and kept. */
export function refOf(id: string): string {
  return id.toLowerCase()
}

/** What is a part of something, such as a subnet of a network: the id of the whole. */
export function ownerOf(id: string): string {
  return refOf(id.split('/').slice(0, 9).join('/'))
}

/** Of something under a subscription. */
export function subscriptionOf(id: string): string {
  return (id.split('/')[2] ?? '').toLowerCase()
}

/** The last part of an id. */
export function lastPartOf(id: string): string {
  return id.split('/').at(-1) ?? id
}
