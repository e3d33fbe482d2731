import { z } from 'zod'

/** A host name, or a full name with its domain. RFC 1123 2.1; labels at most 63 characters (RFC 1035 2.3.4). */
const hostname = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i, 'not-a-host-name')

/** What useradd takes on every distribution (shadow's default name pattern), at most 32 characters. */
const userName = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'not-a-user-name')

/** A line of an authorized_keys file, without options before the key. */
const publicKey = z
  .string()
  .max(16_384)
  .regex(/^(ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/=]+( [^\r\n]*)?$/, 'not-a-public-key')

/** SHA-512 crypt, as `hashPassword` makes it. A password itself has no place here. */
const passwordHash = z.string().regex(/^\$6\$(rounds=\d{4,9}\$)?[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{86}$/, 'not-a-password-hash')

/** Text of one line that may stand in /etc/passwd. */
const fullName = z
  .string()
  .max(200)
  .regex(/^[^:,\p{Cc}\p{Cs}]*$/u, 'not-a-full-name')

const word = z
  .string()
  .max(200)
  .regex(/^[^\s\p{Cc}\p{Cs}]+$/u, 'not-a-word')

const address = z.union([z.ipv4(), z.ipv6()])

const network = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('dhcp'), mac: z.mac() }),
    z.object({
      kind: z.literal('static'),
      /** The card it is for. */
      mac: z.mac(),
      /** With its prefix, such as `192.0.2.10/24` or `2001:db8::10/64`. */
      address: z.union([z.cidrv4(), z.cidrv6()]),
      gateway: address.optional(),
      dns: z.array(address).max(8).default([]),
    }),
  ])
  .refine((value) => value.kind === 'dhcp' || value.gateway === undefined || isV6(value.gateway) === isV6(value.address), {
    message: 'gateway-of-another-family',
    path: ['gateway'],
  })

function isV6(text: string): boolean {
  return text.includes(':')
}

/** What a new machine is to be when it first starts, for cloud-init in its image. */
export const cloudInitSchema = z.object({
  hostname,
  /** Its one user. Without: the image's own. */
  user: z
    .object({
      name: userName,
      fullName: fullName.optional(),
      sshKeys: z.array(publicKey).max(100).default([]),
      /** With one, password logins over SSH are allowed. */
      passwordHash: passwordHash.optional(),
      /** Where the image has no bash, as Alpine's has not, one it has. */
      shell: z
        .string()
        .max(200)
        .regex(/^\/[^\s:\p{Cc}\p{Cs}]+$/u, 'not-a-path')
        .default('/bin/bash'),
      /** Whether and how the user becomes root. */
      sudo: z.enum(['none', 'password', 'no-password']).default('no-password'),
    })
    .optional(),
  packages: z.array(word).max(500).default([]),
  /** Upgrades all packages at the first start. */
  upgrade: z.boolean().default(false),
  /** Installs and starts the qemu guest agent. */
  guestAgent: z.boolean().default(true),
  /** Without: the image's own way, which is DHCP on the first card. */
  network: network.optional(),
  /** Such as `de_DE.UTF-8`. */
  locale: word.optional(),
  /** Layout such as `de`. */
  keyboard: word.optional(),
  /** Such as `Europe/Berlin`. */
  timezone: word.optional(),
  /** A user-data text of one's own, in place of everything above but the host name and the network. */
  userData: z.string().max(1_000_000).optional(),
})
export type CloudInit = z.infer<typeof cloudInitSchema>

/** A top-level key that cloud-init does not know; it would pass over it. Line and column count from 1. */
export interface UnknownKey {
  readonly key: string
  readonly line: number
  readonly column: number
}
