import { z } from 'zod'
import type { CallOptions } from '../provider.ts'
import type { AzureAccount } from './account.ts'
import { refOf } from './ids.ts'
import { isDispensable, isNotOffered, lockInherited } from './problems.ts'

const VERSION = 'api-version=2020-05-01'
/** The lock that this console sets. */
const NAME = 'novacron-keep'
const lockSchema = z.object({ id: z.string(), properties: z.object({ level: z.string() }) })
const SUFFIX = /\/providers\/microsoft\.authorization\/locks\/[^/]+$/i

interface Lock {
  readonly id: string
  /** In lower case. */
  readonly scope: string
}

/** Management locks: they keep a machine, or all of its group or subscription, from being deleted. */
export class Locks {
  readonly #account: AzureAccount
  /** By subscription; null: who is logged in may not see them. */
  readonly #kept = new Map<string, readonly Lock[] | null>()

  constructor(account: AzureAccount) {
    this.#account = account
  }

  /** Reads those of a subscription anew. Throws AppError, but not where locks are not offered. */
  async read(subscription: string, options: CallOptions): Promise<void> {
    try {
      this.#kept.set(subscription, await this.#list(`/subscriptions/${subscription}`, options))
    } catch (thrown) {
      if (!isDispensable(thrown)) throw thrown
      this.#kept.set(subscription, this.#kept.get(subscription) ?? null)
    }
  }

  /** As last read. Null: not known. Asks nobody. */
  holds(subscription: string, machineRef: string): boolean | null {
    const locks = this.#kept.get(subscription)
    return locks ? locks.some(({ scope }) => covers(scope, machineRef)) : null
  }

  /** Locks a machine, or takes off its own locks. Throws `precondition` azure.lock-inherited. */
  async set(subscription: string, machineId: string, isProtected: boolean, options: CallOptions): Promise<void> {
    const own = `${machineId}/providers/Microsoft.Authorization/locks`
    if (isProtected) {
      const properties = { level: 'CanNotDelete', notes: 'Set with NovaCron.' }
      await this.#account.rest.put(`${own}/${NAME}?${VERSION}`, { properties }, options)
    } else {
      const locks = (await this.#list(`/subscriptions/${subscription}`, options)) ?? []
      const holding = locks.filter(({ scope }) => covers(scope, refOf(machineId)))
      const other = holding.find(({ scope }) => scope !== refOf(machineId))
      if (other) throw lockInherited(other.scope)
      for (const { id } of holding) await this.#account.rest.remove(`${id}?${VERSION}`, options)
    }
    await this.read(subscription, options)
  }

  async #list(scope: string, options: CallOptions): Promise<readonly Lock[] | null> {
    try {
      const found = await this.#account.rest.list(`${scope}/providers/Microsoft.Authorization/locks?${VERSION}`, options)
      return found.flatMap((each) => {
        const { success, data } = lockSchema.safeParse(each)
        return success ? [{ id: data.id, scope: refOf(data.id.replace(SUFFIX, '')) }] : []
      })
    } catch (thrown) {
      if (isNotOffered(thrown)) return null
      throw thrown
    }
  }
}

function covers(scope: string, ref: string): boolean {
  return ref === scope || ref.startsWith(`${scope}/`)
}
