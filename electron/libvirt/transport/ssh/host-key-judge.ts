import type { Deadline } from '../deadline.ts'
import { TransportError } from '../transport-error.ts'
import { fingerprintSha256, keyTypeOf } from './known-hosts.ts'
import type { HostKeyRegistry } from './known-hosts-store.ts'
import type { OnHostKey } from './prompts.ts'
import type { HostKeyFacts } from './ssh-session.ts'
import { type SshTarget, targetLabel } from './ssh-target.ts'

export interface HostKeyPolicy {
  readonly knownHosts: HostKeyRegistry
  /** Decides about an unknown or changed host key. Without it both are refused. */
  readonly onHostKey?: OnHostKey | undefined
  /** Withdraws an open question. */
  readonly promptSignal: AbortSignal
  /** Told of the key once it is accepted. */
  readonly onAccepted: (facts: HostKeyFacts) => void
}

/** Judges the key that a host shows, once; a re-keying later has to show the same. */
export class HostKeyJudge {
  readonly #target: SshTarget
  readonly #port: number
  readonly #policy: HostKeyPolicy
  readonly #deadline: Deadline
  #accepted: HostKeyFacts | undefined
  failure: TransportError | undefined

  constructor(target: SshTarget, port: number, policy: HostKeyPolicy, deadline: Deadline) {
    this.#target = target
    this.#port = port
    this.#policy = policy
    this.#deadline = deadline
  }

  facts(): HostKeyFacts {
    if (this.#accepted === undefined) throw new TransportError('transport.bug', 'logged in without a host key')
    return this.#accepted
  }

  async judge(key: Buffer): Promise<boolean> {
    if (this.#accepted) return this.#accepted.key.equals(key)
    this.#deadline.stage = 'host-key'
    const host = this.#target.hostKeyAlias ?? this.#target.host
    const port = this.#target.hostKeyAlias === undefined ? this.#port : 22
    const { knownHosts } = this.#policy
    const check = await knownHosts.check(host, port, key, this.#target.userKnownHostsFiles)
    const facts: HostKeyFacts = {
      key,
      keyType: keyTypeOf(key) ?? 'unknown',
      fingerprintSha256: fingerprintSha256(key),
      firstUse: check.status !== 'match',
    }
    const shown = { host, port, keyType: facts.keyType, fingerprintSha256: facts.fingerprintSha256 }
    const label = targetLabel(this.#target)
    if (check.status === 'revoked') {
      throw new TransportError('ssh.host-key-revoked', `${label} shows a host key that is revoked`, { details: { ...shown, at: check.at } })
    }
    if (check.status !== 'match') {
      const known = check.status === 'changed' ? check.known : []
      const source = `shown by ${this.#target.host} port ${this.#port}`
      if (!(await this.#ask({ ...shown, status: check.status, known, source, key }))) {
        if (check.status === 'unknown') {
          throw new TransportError(
            'ssh.host-key-unknown',
            `The ${facts.keyType} host key ${facts.fingerprintSha256} of ${label} is not known`,
            { details: { ...shown, source, trustedByAuthority: check.trustedByAuthority } },
          )
        }
        throw new TransportError('ssh.host-key-changed', `The host key of ${label} has changed`, { details: { ...shown, source, known } })
      }
      if (check.status === 'unknown') await knownHosts.add(host, port, key)
      else await knownHosts.repin(host, port, key)
    }
    this.#accepted = facts
    this.#policy.onAccepted(facts)
    return true
  }

  async #ask(question: Parameters<OnHostKey>[0]): Promise<boolean> {
    const { onHostKey, promptSignal } = this.#policy
    if (onHostKey === undefined) return false
    const answer = await this.#deadline.hold(() => onHostKey(question, promptSignal))
    this.#deadline.check()
    return answer === 'accept'
  }
}
