import { z } from 'zod'
import { terminalSizeSchema } from './console.ts'

/**
 * What a viewer says beside the bytes, as JSON: on a socket a text message, while bytes are binary ones. A console that has no use for it
 * passes over it.
 */
const consoleControlSchema = z.object({ resize: z.tuple([terminalSizeSchema.shape.columns, terminalSizeSchema.shape.rows]) })
export type ConsoleControl = z.infer<typeof consoleControlSchema>

/** Null: it is none. */
export function readConsoleControl(text: string): ConsoleControl | null {
  if (text.length > 1_000) return null
  try {
    return consoleControlSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/**
 * How a console's bytes travel on the desktop: beside the messages of the contract, on the same pair of channels, each with the token
 * that the console was opened with. Browsers have a socket for each instead.
 */

/** What a page says. It opens each console once. */
export type ConsoleToEngine =
  | { readonly console: string; readonly type: 'open' }
  | { readonly console: string; readonly type: 'bytes'; readonly bytes: Uint8Array }
  /** A {@link ConsoleControl}, as text. */
  | { readonly console: string; readonly type: 'control'; readonly text: string }
  | { readonly console: string; readonly type: 'close' }

/** What it hears. `taken`: so many of its bytes have gone on to the machine. */
export type ConsoleToPage =
  | { readonly console: string; readonly type: 'opened' }
  | { readonly console: string; readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly console: string; readonly type: 'taken'; readonly count: number }
  | { readonly console: string; readonly type: 'closed'; readonly code: number; readonly reason: string }

/** So many bytes of a page may be on their way to a machine; the rest waits in the page that wrote it. */
export const CONSOLE_WINDOW_BYTES = 256 * 1024
/** Of one message. */
export const CONSOLE_PIECE_BYTES = 64 * 1024

/** Tells them from the contract's messages, which are text and bytes. */
export function isConsoleMessage(message: unknown): message is { readonly console: string } {
  return typeof message === 'object' && message !== null && 'console' in message && typeof message.console === 'string'
}
