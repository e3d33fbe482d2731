import { isAppError } from '../../../../shared/errors/index.ts'
import { problems } from '../../cloud/index.ts'
import type { CallOptions } from '../../provider.ts'
import { type AzureAccount, abortOf, ask, orNull } from '../account.ts'
import { idOf } from '../ids.ts'
import { LABEL } from '../problems.ts'

/** A link is good for so long; one that has run out is asked for anew. */
const LINK_S = 4 * 3_600
const ATTEMPTS = 3

/** Whose bytes a link opens. */
export interface Opened {
  readonly kind: 'disks' | 'snapshots'
  /** Its ARM id. */
  readonly id: string
  readonly access: 'Read' | 'Write'
}

/**
 * Signed links to the bytes of disks and snapshots. Who has one has the bytes, so they are kept in the memory of this connection alone, and each
 * is asked for when it is needed.
 */
export class AccessLinks {
  readonly #account: AzureAccount
  readonly #pollMs: number
  readonly #kept = new Map<string, { readonly link: Promise<URL>; url: URL | null }>()

  constructor(account: AzureAccount, pollMs: number) {
    this.#account = account
    this.#pollMs = pollMs
  }

  /** `stale`: the one that was refused, for which another is asked. Throws AppError. */
  of(opened: Opened, stale: URL | null, options: CallOptions): Promise<URL> {
    const kept = this.#kept.get(opened.id)
    if (kept && (stale === null || kept.url !== stale)) return kept.link
    const entry = { link: this.#grant(opened, options), url: null as URL | null }
    this.#kept.set(opened.id, entry)
    entry.link.then(
      (url) => {
        entry.url = url
      },
      () => {
        if (this.#kept.get(opened.id) === entry) this.#kept.delete(opened.id)
      },
    )
    return entry.link
  }

  /** Ends all access to it: of a disk that is being uploaded this is what makes it a disk. What is not there has none. */
  async end({ kind, id }: Omit<Opened, 'access'>, options: CallOptions): Promise<void> {
    this.#kept.delete(id)
    const { group, name, subscription } = idOf(id)
    const { [kind]: of } = await this.#account.compute(subscription)
    await heard(options, () => orNull(of.revokeAccess(group, name, this.#poll(options)).pollUntilDone(abortOf(options))))
  }

  async #grant({ kind, id, access }: Opened, options: CallOptions): Promise<URL> {
    const { group, name, subscription } = idOf(id)
    const { [kind]: of } = await this.#account.compute(subscription)
    const request = { access, durationInSeconds: LINK_S }
    const { accessSAS = '' } = await heard(options, () =>
      ask(of.grantAccess(group, name, request, this.#poll(options)).pollUntilDone(abortOf(options))),
    )
    if (!URL.canParse(accessSAS)) throw problems.notUnderstood(LABEL, 'no link to the bytes of a disk')
    return new URL(accessSAS)
  }

  #poll(options: CallOptions): { readonly updateIntervalInMs: number; readonly abortSignal?: AbortSignal } {
    return { ...abortOf(options), updateIntervalInMs: this.#pollMs }
  }
}

/** To give access or to end it a second time does no harm, so a lost reply is no reason to stop. */
async function heard<T>({ signal }: CallOptions, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (thrown) {
      if (!isAppError(thrown) || thrown.kind !== 'indeterminate' || attempt === ATTEMPTS || signal?.aborted) throw thrown
    }
  }
}
