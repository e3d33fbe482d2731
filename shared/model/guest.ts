import { z } from 'zod'

/** What the agent inside the guest tells. Null: it did not say; see `unread`. */
export const guestInfoSchema = z.object({
  /** `none`: the machine has no channel for one · `disconnected`: a channel, and nobody answers. Then everything else is null. */
  agent: z.enum(['connected', 'disconnected', 'none']),
  hostname: z.string().nullable(),
  os: z
    .object({
      /** As the guest calls itself, such as `Debian GNU/Linux 12 (bookworm)`. */
      name: z.string(),
      /** Short and stable, such as `debian`, `mswindows`. */
      id: z.string().nullable(),
      version: z.string().nullable(),
      kernel: z.string().nullable(),
      architecture: z.string().nullable(),
    })
    .nullable(),
  timezone: z.object({ name: z.string().nullable(), offsetMinutes: z.number() }).nullable(),
  /** The guest's clock against ours, in milliseconds: positive when it is ahead. Good to about a tenth of a second. */
  clockOffsetMs: z.number().nullable(),
  users: z.array(z.object({ name: z.string(), domain: z.string().nullable(), loggedInAtMs: z.number() })).nullable(),
  filesystems: z
    .array(
      z.object({
        mountpoint: z.string(),
        device: z.string(),
        type: z.string(),
        totalBytes: z.number().nullable(),
        usedBytes: z.number().nullable(),
        /** Targets of the machine's disks it lies on, such as `vda`. */
        disks: z.array(z.string()),
      }),
    )
    .nullable(),
  interfaces: z
    .array(
      z.object({
        name: z.string(),
        mac: z.string().nullable(),
        addresses: z.array(z.object({ address: z.string(), prefix: z.number().int() })),
      }),
    )
    .nullable(),
  /** Parts that this agent does not know or would not tell, such as `users`. */
  unread: z.array(z.string()),
  observedAtMs: z.number(),
})
export type GuestInfo = z.infer<typeof guestInfoSchema>

/** What can be asked of the agent. A password goes to the guest and nowhere else: never into a task or a log. */
export type GuestCommand =
  | { readonly do: 'set-password'; readonly user: string; readonly password: string }
  | { readonly do: 'add-ssh-keys'; readonly user: string; readonly keys: readonly string[] }
  /** Sets the guest's clock to the host's. */
  | { readonly do: 'set-time' }
  /** All file systems stop taking writes, until `thaw`. */
  | { readonly do: 'freeze' }
  | { readonly do: 'thaw' }
