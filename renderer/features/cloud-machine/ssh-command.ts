import type { Machine } from '../../../shared/model/index.ts'

/**
 * How to reach it from a terminal; null: it has no public address, or is a Windows. Only what is known: whom its image lets in is not, so
 * no user is named.
 */
export function sshCommand({ cloud }: Pick<Machine, 'cloud'>, providerId: string | undefined): string | null {
  const [address] = cloud?.publicAddresses ?? []
  if (!cloud || address === undefined || cloud.platform === 'windows') return null
  // of a key pair made there, AWS hands out the file under this name
  const key = cloud.keyName !== null && providerId === 'aws' ? `-i ${quoted(`${cloud.keyName}.pem`)} ` : ''
  return `ssh ${key}${address}`
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
