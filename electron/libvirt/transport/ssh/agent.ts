import ssh2, { type IdentityCallback, type ParsedKey, type PublicKeyEntry, type SignCallback, type SigningRequestOptions } from 'ssh2'
import { toError } from '../transport-error.ts'
import { parseAny } from './keys.ts'

/** Signs for one key: an agent's, or one whose file is unlocked only once the server wants it. */
export interface KeySigner {
  readonly publicKey: ParsedKey
  sign(data: Buffer, hash: 'sha1' | 'sha256' | 'sha512' | undefined): Promise<Buffer>
}

/** A connection to an SSH agent. */
export interface AgentClient {
  readonly address: string
  /** The keys it holds, in its order. Rejects if the agent cannot be reached. */
  list(): Promise<KeySigner[]>
}

/** Opens an agent by the path of its socket (or `pageant`, or a named pipe, on Windows). */
export function openAgent(address: string): AgentClient {
  const agent = ssh2.createAgent(address)
  return {
    address,
    list: () =>
      new Promise((resolve, reject) => {
        agent.getIdentities((error, keys) => {
          if (error) reject(toError(error))
          else
            resolve(
              (keys ?? [])
                .map(toParsedKey)
                .filter((key) => key !== undefined)
                .map((key) => signerOf(agent, key)),
            )
        })
      }),
  }
}

function toParsedKey(entry: ParsedKey | Buffer | string | PublicKeyEntry): ParsedKey | undefined {
  if (Buffer.isBuffer(entry) || typeof entry === 'string') return parseAny(entry)
  if (!('pubKey' in entry)) return entry
  const inner = entry.pubKey
  return 'pubKey' in inner ? toParsedKey(inner.pubKey) : inner
}

function signerOf(agent: ssh2.BaseAgent, publicKey: ParsedKey): KeySigner {
  return {
    publicKey,
    sign: (data, hash) =>
      new Promise((resolve, reject) => {
        agent.sign(publicKey, data, hash ? { hash } : {}, (error, signature) => {
          if (error || signature === undefined) reject(toError(error ?? 'no signature'))
          else resolve(signature)
        })
      }),
  }
}

/**
 * One key, dressed as an agent. The ssh library asks an agent to sign only after the server has said that it would take the key, so a
 * passphrase is asked for only when it helps.
 */
export class SingleKeyAgent extends ssh2.BaseAgent {
  readonly #signer: KeySigner
  /** Whether the server said that it would take the key. */
  accepted = false
  /** Why signing failed, if it did. */
  failure: Error | undefined

  constructor(signer: KeySigner) {
    super()
    this.#signer = signer
  }

  override getIdentities(callback: IdentityCallback): void {
    callback(null, [this.#signer.publicKey])
  }

  override sign(
    _key: ParsedKey | Buffer | string,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    const done = typeof options === 'function' ? options : callback
    const hash = typeof options === 'function' ? undefined : options.hash
    this.accepted = true
    void this.#run(data, hash, done)
  }

  async #run(data: Buffer, hash: SigningRequestOptions['hash'], done: SignCallback | undefined): Promise<void> {
    let signature: Buffer
    try {
      signature = await this.#signer.sign(data, hash)
    } catch (error) {
      this.failure = toError(error)
      done?.(this.failure)
      return
    }
    done?.(null, signature)
  }
}
