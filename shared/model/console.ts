import { z } from 'zod'
import { reasonSchema } from './connection.ts'

/** `vnc`: the picture of a display. `serial`: the text of a serial port or a virtio console. */
export const CONSOLE_KINDS = ['vnc', 'serial'] as const
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

/** Close codes of a console's channel (RFC 6455, 7.4.2: 4000 to 4999 are ours); the reason is an error's code. */
export const CONSOLE_ENDED = 4_000
export const CONSOLE_FAILED = 4_001
