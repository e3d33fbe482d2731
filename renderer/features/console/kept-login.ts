import { GUEST_LOGIN_METHODS, type GuestLoginMethod } from '../../../shared/model/index.ts'

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

/** What was chosen for that machine the last time, else what was chosen for any. */
export function keptLogin(machineId: string): GuestLoginChoice {
  const last = read(KEY)
  return read(`${KEY}.${machineId}`) ?? (last ? { ...last, address: null, port: FIRST.port } : FIRST)
}

export function keepLogin(machineId: string, choice: GuestLoginChoice): void {
  try {
    for (const key of [KEY, `${KEY}.${machineId}`]) localStorage.setItem(key, JSON.stringify(choice))
  } catch {
    // Private mode: it holds as long as the page.
  }
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
