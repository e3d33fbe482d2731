import { createHash } from 'node:crypto'
import type { HostKeyInfo } from '../../../../shared/model/index.ts'
import type { ConnectOptions, GuestLogin } from '../../provider.ts'
import type { SimulatedMachine } from '../fleet.ts'
import { kernelOf } from '../guest.ts'
import * as problems from '../problems.ts'

/** As often may a person be wrong. */
const MAX_PASSWORDS = 3
/** The one password that no simulated machine takes. */
const WRONG = 'wrong'

/** Host keys that were trusted, by machine: for as long as the site is there. */
export type TrustedKeys = Map<string, string>

/**
 * The way in by SSH: a key that is asked about first, then a login. Every key of the person is known to every simulated machine; a password is
 * asked for, and any but `wrong` is right. One that runs Windows has no SSH server. Throws AppError.
 */
export async function logInBySsh(
  machine: SimulatedMachine,
  login: GuestLogin,
  trusted: TrustedKeys,
  options: Pick<ConnectOptions, 'onHostKey' | 'onPrompt' | 'signal'>,
): Promise<void> {
  if (kernelOf(machine) === null) throw problems.noSshServer(login)
  const key = keyOf(machine, trusted)
  if (key.status !== null) {
    const info: HostKeyInfo = { ...key.info, status: key.status }
    if (!(await options.onHostKey?.(info))) throw problems.hostKeyRefused(info)
    trusted.set(machine.ref, info.fingerprint)
  }
  if (login.method === 'agent' || login.method === 'key') return
  await askPassword(login, options)
}

function keyOf(machine: SimulatedMachine, trusted: TrustedKeys) {
  const fingerprint = `SHA256:${createHash('sha256').update(`${machine.ref} ${machine.salt}`).digest('base64').replace(/=+$/, '')}`
  const before = trusted.get(machine.ref)
  const previous = before === undefined ? [] : [{ keyType: 'ssh-ed25519', fingerprint: before, source: 'simulated' }]
  const status: HostKeyInfo['status'] | null = before === undefined ? 'unknown' : before === fingerprint ? null : 'changed'
  return { status, info: { host: `guest-${machine.ref}`, port: 22, keyType: 'ssh-ed25519', fingerprint, previous } }
}

async function askPassword(login: GuestLogin, { onPrompt, signal }: Pick<ConnectOptions, 'onPrompt' | 'signal'>): Promise<void> {
  const { address, port, user, secrets } = login
  let answer = secrets.password
  for (let asked = 0; answer === undefined || answer === WRONG || answer === ''; asked += 1) {
    if (!onPrompt || asked >= MAX_PASSWORDS) throw problems.loginRefused(login)
    const question = { host: address, port, user, name: '', instructions: '', keyPath: null, secret: null }
    const prompts = [{ text: 'Password', echo: false }]
    const answers = await onPrompt(
      { ...question, kind: 'password', prompts, refusedBefore: answer !== undefined },
      signal ?? new AbortController().signal,
    )
    if (answers === null) throw problems.loginRefused(login)
    answer = answers[0]
  }
}
