import { type CloudId, GUEST_LOGIN_METHODS, type GuestLoginMethod, isCloudId, type Machine } from '../../../shared/model/index.ts'
import { type UsualUser, usualUser } from '../../lib/machine/index.ts'

const KEY = 'novacron.console.login'

/** As whom somebody goes into a machine, and how. Passwords are none of it: the machine asks for them. */
export interface GuestLoginChoice {
  readonly user: string
  readonly port: number
  /** Null: the first that is known. */
  readonly address: string | null
  readonly method: GuestLoginMethod
  /** Null: those in ~/.ssh. */
  readonly keyFile: string | null
}

const FIRST: GuestLoginChoice = { user: 'root', port: 22, address: null, method: 'auto', keyFile: null }

/** Whose users are alike: the machines of hosts, or those of one cloud. */
export interface LoginGroup {
  /** Null: machines of hosts. */
  readonly cloud: CloudId | null
  readonly usual: UsualUser | null
}

export function loginGroup(machine: Machine, providerId: string | undefined): LoginGroup {
  return { cloud: machine.cloud && isCloudId(providerId) ? providerId : null, usual: usualUser(machine, providerId) }
}

/**
 * What was chosen for that machine the last time, else what was chosen for any of its group. In a cloud an image's own user comes before
 * another machine's, and where nobody is known, nobody is named.
 */
export function keptLogin(machineId: string, { cloud, usual }: LoginGroup): GuestLoginChoice {
  const own = read(`${KEY}.${machineId}`)
  if (own) return own
  const last = read(keyOf(cloud))
  const user = cloud === null ? undefined : usual?.from === 'image' ? usual.user : (last?.user ?? usual?.user ?? '')
  return { ...(last ?? FIRST), address: null, port: FIRST.port, ...(user !== undefined && { user }) }
}

export function keepLogin(machineId: string, { cloud }: LoginGroup, choice: GuestLoginChoice): void {
  try {
    for (const key of [keyOf(cloud), `${KEY}.${machineId}`]) localStorage.setItem(key, JSON.stringify(choice))
  } catch {
    // Private mode: it holds as long as the page.
  }
}

function keyOf(cloud: CloudId | null): string {
  return cloud === null ? KEY : `${KEY}:${cloud}`
}

function read(key: string): GuestLoginChoice | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? 'null')
    return isChoice(kept) ? kept : null
  } catch {
    return null
  }
}

function isChoice(kept: unknown): kept is GuestLoginChoice {
  if (typeof kept !== 'object' || kept === null) return false
  const { user, port, address, method, keyFile }: { [K in keyof GuestLoginChoice]?: unknown } = kept
  const isText = (value: unknown) => value === null || typeof value === 'string'
  const isMethod = GUEST_LOGIN_METHODS.some((one) => one === method)
  return typeof user === 'string' && typeof port === 'number' && isMethod && isText(address) && isText(keyFile)
}
