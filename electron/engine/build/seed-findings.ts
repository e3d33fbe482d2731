import type { BuildInput } from '../../../shared/contract/build.ts'
import { isAppError } from '../../../shared/errors/index.ts'
import type { BuildFinding } from '../../../shared/model/index.ts'
import { blocks, warns } from './finding.ts'
import { hashPassword } from './sha512-crypt.ts'
import { checkUserData } from './user-data.ts'

/** Unknown keys that are named one by one. */
const MOST_KEYS = 5

/** What is wrong with what cloud-init is told: texts it cannot read, and a machine that nobody could log in to. */
export function seedFindings(cloudInit: BuildInput['cloudInit']): BuildFinding[] {
  if (!cloudInit) return []
  if (cloudInit.userData !== undefined) return userDataFindings(cloudInit.userData)
  const { user } = cloudInit
  const field = 'cloudInit.user'
  if (!user) {
    const text = 'No user is named: whoever the image lets in by itself can log in, often nobody.'
    return [warns({ code: 'build.no-user', field, text })]
  }
  const { password, sshKeys, sudo, name } = user
  if (password === undefined && sshKeys.length === 0) {
    const text = `${name} has neither a key nor a password: nobody can log in.`
    return [warns({ code: 'build.nobody-can-log-in', field, text, params: { user: name } })]
  }
  const findings: BuildFinding[] = []
  if (password !== undefined) findings.push(...passwordFinding(password))
  if (sudo === 'password' && password === undefined && name !== 'root') {
    const text = `${name} is to become root with a password, but has none.`
    const mend = { code: 'build.sudo-no-password', field: 'cloudInit.user.sudo', value: 'no-password' }
    findings.push(warns({ code: 'build.sudo-needs-password', field: 'cloudInit.user.sudo', text, params: { user: name }, mend }))
  }
  return findings
}

function passwordFinding(password: string): BuildFinding[] {
  try {
    hashPassword(password, (length) => new Uint8Array(length))
    return []
  } catch (thrown) {
    if (!isAppError(thrown)) throw thrown
    return [blocks({ code: thrown.code, field: 'cloudInit.user.password', text: thrown.message })]
  }
}

function userDataFindings(text: string): BuildFinding[] {
  const field = 'cloudInit.userData'
  try {
    const { unknownKeys } = checkUserData(text)
    return unknownKeys.slice(0, MOST_KEYS).map(({ key, line, column }) => {
      const said = `cloud-init knows no key “${key}” (line ${line}) and passes over it.`
      return warns({ code: `build.unknown-key`, field: `${field}.${line}`, text: said, params: { key, line, column } })
    })
  } catch (thrown) {
    if (!isAppError(thrown)) throw thrown
    const params = Object.entries(thrown.details).filter((pair): pair is [string, string | number] => typeof pair[1] !== 'object')
    return [blocks({ code: thrown.code, field, text: thrown.message, params: Object.fromEntries(params) })]
  }
}
