import { z } from 'zod'
import { consoleKindSchema, machineConsoleSchema } from '../model/console.ts'
import { machineIdSchema } from '../model/ids.ts'
import { command, query } from './base.ts'

export const consoles = {
  list: query('/consoles/list', {
    permission: 'inventory.read',
    summary: 'The consoles of a machine, and why one cannot be opened now',
    example: { machineId: 'c1.m.5d3c' },
  })
    .input(z.object({ machineId: machineIdSchema }))
    .output(z.array(machineConsoleSchema)),
  /**
   * Opens a console. Its bytes go over a channel of their own: a socket at `/console/<token>`, once, within 30 seconds. Text of a serial port
   * as it is; of a display RFB 3.8 with the security type None, whatever the server asks for.
   */
  open: command('/consoles/open', {
    permission: 'machine.console',
    summary: 'Open a console of a machine',
    example: { machineId: 'c1.m.5d3c', kind: 'serial', index: 0 },
  })
    .input(
      z.object({
        machineId: machineIdSchema,
        kind: consoleKindSchema,
        index: z.number().int().min(0).max(63).default(0),
        /** Ends the session of whoever holds a serial console outside of this program. */
        takeOver: z.boolean().default(false),
      }),
    )
    .output(z.object({ token: z.string() })),
}
