import type { KnownKeyPlace } from './known-hosts.ts'

/** A question for the person at the console. The answer is one string for each of `prompts`, or null if declined. */
export interface SshPrompt {
  readonly kind: 'password' | 'passphrase' | 'keyboard-interactive'
  readonly host: string
  readonly port: number
  readonly user: string
  readonly prompts: readonly { readonly text: string; readonly echo: boolean }[]
  /** Headline and explanation that the server gave, for keyboard-interactive. */
  readonly name?: string
  readonly instructions?: string
  /** The key to unlock, for a passphrase. */
  readonly keyPath?: string
  /** What was given before was refused. */
  readonly refusedBefore: boolean
}

export type OnPrompt = (prompt: SshPrompt, signal: AbortSignal) => Promise<readonly string[] | null>

/** A host key that is not known, or not the one that is known. */
export interface HostKeyQuestion {
  readonly host: string
  readonly port: number
  readonly keyType: string
  /** `SHA256:…` as ssh-keygen prints it. */
  readonly fingerprintSha256: string
  readonly status: 'unknown' | 'changed'
  /** The keys known so far, for a changed one. */
  readonly known: readonly KnownKeyPlace[]
  /** Where the key comes from. */
  readonly source: string
  /** The public key blob. */
  readonly key: Buffer
}

/** `accept` also writes the key down: added when unknown, re-pinned when changed. */
export type OnHostKey = (question: HostKeyQuestion, signal: AbortSignal) => Promise<'accept' | 'reject'>

/** Credentials that are stored already. Each is tried once. */
export interface SshSecrets {
  /** Of the final target; jump hosts get theirs through `lookup`. */
  readonly password?: string | undefined
  /** For whichever key file needs one. */
  readonly passphrase?: string | undefined
  /** For everything else: per host, per key. */
  readonly lookup?: ((request: SecretRequest) => Promise<string | undefined>) | undefined
}

export type SecretRequest =
  | { readonly kind: 'password'; readonly host: string; readonly port: number; readonly user: string }
  | { readonly kind: 'passphrase'; readonly keyPath: string }
