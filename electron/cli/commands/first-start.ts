import type { z } from 'zod'
import type { buildInput } from '../../../shared/contract/build.ts'
import { AppError } from '../../../shared/errors/index.ts'
import { askPassword } from '../ask-password.ts'
import type { Io } from './act.ts'
import { readText } from './order-file.ts'

/** Flags that say what cloud-init does at the first start, for `build` and `clone` alike. */
export interface FirstStartFlags {
  readonly user?: string
  readonly key: readonly string[]
  readonly passwordPrompt: boolean
  readonly package: readonly string[]
  readonly address?: string
  readonly gateway?: string
  readonly dns: readonly string[]
  readonly domain?: string
  readonly userData?: string
}

export type CloudInitInput = NonNullable<z.input<typeof buildInput>['cloudInit']>

/** Undefined: no flag asks for any of it. Asks for the password. Throws `invalid-input` cli.flags-missing, cli.bad-file. */
export async function firstStart(flags: FirstStartFlags, io: Io): Promise<CloudInitInput | undefined> {
  if (flags.user === undefined && (flags.key.length > 0 || flags.passwordPrompt))
    throw missing('--key and --password-prompt are for a --user.')
  if (flags.address === undefined && (flags.gateway !== undefined || flags.dns.length > 0))
    throw missing('--gateway and --dns go with an --address.')
  const cloudInit: CloudInitInput = {
    ...(flags.user !== undefined && { user: await userOf(flags.user, flags, io) }),
    ...(flags.package.length > 0 && { packages: [...flags.package] }),
    ...(flags.address !== undefined && {
      network: {
        kind: 'static',
        address: flags.address,
        dns: [...flags.dns],
        ...(flags.gateway !== undefined && { gateway: flags.gateway }),
      },
    }),
    ...(flags.domain !== undefined && { domain: flags.domain }),
    ...(flags.userData !== undefined && { userData: await readText(flags.userData) }),
  }
  return Object.keys(cloudInit).length === 0 ? undefined : cloudInit
}

async function userOf(name: string, { key, passwordPrompt }: FirstStartFlags, io: Io): Promise<CloudInitInput['user']> {
  const texts = await Promise.all(key.map(readText))
  // a file may hold several, as authorized_keys does
  const sshKeys = texts
    .flatMap((text) => text.split('\n').map((line) => line.trim()))
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (sshKeys.some((line) => line.includes('PRIVATE KEY'))) throw missing('--key takes the public key: the file that ends in .pub.')
  return { name, sshKeys, ...(passwordPrompt && { password: await askPassword(`Password of ${name}`, io) }) }
}

function missing(message: string): AppError {
  return new AppError({ kind: 'invalid-input', code: 'cli.flags-missing', message })
}
