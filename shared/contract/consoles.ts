import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import {
  consoleKindSchema,
  consoleLoginMessageSchema,
  GUEST_LOGIN_METHODS,
  machineConsoleSchema,
  terminalSizeSchema,
} from '../model/console.ts'
import { machineIdSchema } from '../model/ids.ts'
import { answers, command, done, hostKeyChoiceSchema, query, secretSchema, stream } from './base.ts'

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
        kind: consoleKindSchema.exclude(['ssh']),
        index: z.number().int().min(0).max(63).default(0),
        /** Ends the session of whoever holds a serial console outside of this program. */
        takeOver: z.boolean().default(false),
      }),
    )
    .output(z.object({ token: z.string() })),
  /**
   * Opens a terminal inside a machine, by the machine's own SSH server: through its host, in a cloud straight to its address. What is asked on the way comes first, for
   * `answerPrompt`; then the token of the channel, as from `open`. A host key that is not trusted yet is an error whose details hold it:
   * call again with `acceptHostKey`. Nothing of what is given here is kept but that key.
   */
  logIn: stream('/consoles/log-in', {
    permission: 'machine.console',
    summary: 'Open a terminal inside a machine by SSH, through its host or, in a cloud, straight',
    example: { machineId: 'c1.m.5d3c', user: 'root' },
  })
    .input(
      z.object({
        machineId: machineIdSchema,
        user: z.string().min(1).max(256),
        port: z.number().int().min(1).max(65_535).default(22),
        /** One of the addresses the machine is known by; else the first of them. */
        address: z.string().max(100).optional(),
        method: z.enum(GUEST_LOGIN_METHODS).default('auto'),
        /** For `key`; else those in ~/.ssh. */
        keyFile: z.string().min(1).max(4_096).optional(),
        secrets: z.object({ password: secretSchema.optional(), passphrase: secretSchema.optional() }).default({}),
        /** The key a person has confirmed. `replace`: in place of the former one. */
        acceptHostKey: hostKeyChoiceSchema.extend({ replace: z.boolean().default(false) }).optional(),
        /** The caller answers what the machine asks. Without it such a login fails. */
        prompts: z.boolean().default(false),
        size: terminalSizeSchema.default({ columns: 80, rows: 24 }),
      }),
    )
    .output(eventIterator(consoleLoginMessageSchema)),
  answerPrompt: command('/consoles/answer-prompt', {
    permission: 'machine.console',
    summary: 'Answer what a machine asked while logging in',
    example: { promptId: 'p1', answers: ['correct horse battery staple'] },
  })
    .input(z.object({ promptId: z.string().max(100), answers }))
    .output(done),
}
