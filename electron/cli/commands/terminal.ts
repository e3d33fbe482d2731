import type { Readable, Writable } from 'node:stream'

/** A terminal, or two pipes. */
export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): void }
  readonly output: Writable & { readonly columns?: number; readonly rows?: number }
}
