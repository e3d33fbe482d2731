import type { Machine } from '../../../shared/model/index.ts'
import { usualUser } from '../../lib/machine/index.ts'

/**
 * How to reach it from a terminal; null: it has no public address, or is a Windows. Only what is known: a user is named where it is the
 * image's own.
 */
export function sshCommand({ cloud, os }: Pick<Machine, 'cloud' | 'os'>, providerId: string | undefined): string | null {
  const [address] = cloud?.publicAddresses ?? []
  if (!cloud || address === undefined || cloud.platform === 'windows') return null
  // of a key pair made there, AWS hands out the file under this name
  const key = cloud.keyName !== null && providerId === 'aws' ? `-i ${quoted(`${cloud.keyName}.pem`)} ` : ''
  const usual = usualUser({ cloud, os }, providerId)
  return `ssh ${key}${usual?.from === 'image' ? `${usual.user}@` : ''}${address}`
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
