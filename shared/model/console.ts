import { z } from 'zod'
import { type ErrorKind, isErrorKind } from '../errors/kinds.ts'
import { loginPromptSchema } from './checks.ts'
import type { CloudFacts } from './cloud.ts'
import { reasonSchema } from './connection.ts'

/**
 * `vnc`: the picture of a display. `serial`: the text of a serial port or a virtio console. `ssh`: a terminal inside the machine, by its own
 * SSH server.
 */
export const CONSOLE_KINDS = ['vnc', 'serial', 'ssh'] as const
export const consoleKindSchema = z.enum(CONSOLE_KINDS)
export type ConsoleKind = z.infer<typeof consoleKindSchema>

/** A way to sit down in front of a machine. */
export const machineConsoleSchema = z.object({
  kind: consoleKindSchema,
  /** Counted from 0 among those of its kind. */
  index: z.number().int().min(0),
  /** The provider's own words: `VNC`, `SPICE`, `isa-serial ttyS0`. */
  label: z.string(),
  /** Why it cannot be opened now; null: it can. */
  reason: reasonSchema.nullable(),
})
export type MachineConsole = z.infer<typeof machineConsoleSchema>

/** How many bytes at most a serial console keeps for whoever comes later. */
export const SERIAL_SCROLLBACK_BYTES = 256 * 1024

/** How to prove who one is inside a machine. `auto`: as ssh does: the agent, the keys in ~/.ssh, then what the machine asks for. */
export const GUEST_LOGIN_METHODS = ['auto', 'agent', 'key', 'password'] as const
export type GuestLoginMethod = (typeof GUEST_LOGIN_METHODS)[number]

/** What of a machine tells where it is. */
export interface Addressed {
  readonly addresses: readonly string[]
  readonly cloud: Pick<CloudFacts, 'publicAddresses'> | null
}

/** Where one logs in to a machine, the likeliest first: public addresses before those of its own network, IPv4 before IPv6. */
export function loginAddresses({ addresses, cloud }: Addressed): readonly string[] {
  const isPublic = (address: string) => cloud?.publicAddresses.includes(address) === true
  const rank = (address: string) => (isPublic(address) ? 0 : 2) + (address.includes(':') ? 1 : 0)
  return addresses.toSorted((one, other) => rank(one) - rank(other))
}

/** The size of a terminal, in characters. */
export const terminalSizeSchema = z.object({ columns: z.number().int().min(1).max(1_000), rows: z.number().int().min(1).max(1_000) })
export type TerminalSize = z.infer<typeof terminalSizeSchema>

/** What is asked on the way into a machine, then the token of the terminal; the stream ends with it, or throws. */
export const consoleLoginMessageSchema = z.discriminatedUnion('type', [
  /** Null: answered, refused, withdrawn or too late. There is nothing to answer any more. */
  z.object({ type: z.literal('prompt'), prompt: loginPromptSchema.nullable() }),
  z.object({ type: z.literal('opened'), token: z.string() }),
])
export type ConsoleLoginMessage = z.infer<typeof consoleLoginMessageSchema>

/** Close codes of a console's channel (RFC 6455, 7.4.2: 4000 to 4999 are ours); the reason of a failure is as in {@link closeReason}. */
export const CONSOLE_ENDED = 4_000
export const CONSOLE_FAILED = 4_001

/** A close reason has room for 123 bytes: the kind of an error, which says what to do next, and its code, which says what happened. */
export function closeReason({ kind, code }: { readonly kind: ErrorKind; readonly code: string }): string {
  return `${kind} ${code}`
}

/** What a close reason says; one that says nothing is a way that broke. */
export function readCloseReason(reason: string): { readonly kind: ErrorKind; readonly code: string } {
  const [kind, code] = reason.split(' ')
  return isErrorKind(kind) && code !== undefined && code !== '' ? { kind, code } : { kind: 'unreachable', code: 'console.lost' }
}
