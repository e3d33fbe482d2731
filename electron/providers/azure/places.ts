import type { Subscription } from '@azure/arm-resources-subscriptions'
import { AppError } from '../../../shared/errors/index.ts'
import type { CloudChoices } from '../../../shared/model/index.ts'
import { type Place, placeFacts } from '../cloud/index.ts'
import type { CallOptions } from '../provider.ts'
import { type AzureAccount, abortOf, allOf } from './account.ts'
import { isNotOffered } from './problems.ts'

/** The subscriptions that the configuration names, else all that are seen. Throws AppError; `forbidden` azure.no-subscription. */
export async function placesOf(account: AzureAccount, options: CallOptions): Promise<readonly Place[]> {
  const { subscriptions: wanted } = account.config
  const seen = await subscriptionsOf(account, options).catch((thrown: unknown) => {
    // whose list may not be read is known by its id: the token was good
    if (wanted.length > 0 && isNotOffered(thrown)) return []
    throw thrown
  })
  const byId = new Map(seen.map((each) => [(each.subscriptionId ?? '').toLowerCase(), each] as const))
  const ids = wanted.length === 0 ? [...byId.keys()] : [...new Set(wanted)]
  if (ids.length === 0) {
    const message = 'This login sees no subscription of Azure. Give it a role on one, such as Reader.'
    throw new AppError({ kind: 'forbidden', code: 'azure.no-subscription', message })
  }
  return ids.map((id) => ({
    ref: id,
    facts: placeFacts({ name: byId.get(id)?.displayName ?? id, kind: 'subscription', account: id, hypervisor: 'azure' }),
  }))
}

export async function choicesOf(account: AzureAccount, options: CallOptions): Promise<readonly CloudChoices[]> {
  const seen = await subscriptionsOf(account, options)
  const choices = seen.map(({ subscriptionId = '', displayName, state }) => ({
    value: subscriptionId.toLowerCase(),
    label: displayName ?? subscriptionId,
    disabledReason: state === 'Disabled' || state === 'Deleted' ? `It is ${state.toLowerCase()}.` : null,
  }))
  return [{ field: 'subscriptions', choices }]
}

async function subscriptionsOf(account: AzureAccount, options: CallOptions): Promise<Subscription[]> {
  const { subscriptions } = await account.subscriptions()
  return allOf<Subscription>(subscriptions.list(abortOf(options)), options)
}
