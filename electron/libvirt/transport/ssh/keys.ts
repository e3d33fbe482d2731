import { readFile, stat } from 'node:fs/promises'
import ssh2, { type ParsedKey } from 'ssh2'
import { isTransportError, nodeErrorCode, TransportError } from '../transport-error.ts'
import { decryptInWorker, toSshFormat } from './key-worker.ts'
import { fingerprintSha256 } from './known-hosts.ts'

const { parseKey } = ssh2.utils

/** A private key file, read but not yet unlocked. */
export interface KeyFile {
  readonly path: string
  readonly encrypted: boolean
  /** Known without the passphrase when the format or a `.pub` file beside it tells. */
  readonly publicKey: ParsedKey | undefined
  readonly data: Buffer
}

/** What an IdentityFile names. ssh_config(5): a public key will do for a private one that an agent holds. */
export interface Identity {
  readonly path: string
  readonly publicKey: ParsedKey | undefined
  /** Undefined where only the public part can be had: then it is for the agent to sign. */
  readonly file: KeyFile | undefined
  /** Why there is no private key: what to say if no agent holds it either. */
  readonly problem: TransportError | undefined
}

export type KeyUnreadableReason =
  | 'missing'
  | 'permission'
  | 'permissions-too-open'
  | 'not-a-private-key'
  | 'not-in-agent'
  | 'unsupported-format'

function unreadable(path: string, reason: KeyUnreadableReason, cause?: unknown): TransportError {
  const why: Record<KeyUnreadableReason, string> = {
    missing: 'it does not exist',
    permission: 'this user may not read it',
    'permissions-too-open': 'other users may read it (chmod 600 it)',
    'not-a-private-key': 'it holds no private key',
    'not-in-agent': 'only its public part is there, and the agent does not hold the private one',
    'unsupported-format': 'its format is not supported',
  }
  return new TransportError('ssh.key-unreadable', `Cannot use the key ${path}: ${why[reason]}`, { details: { path, reason }, cause })
}

/**
 * Reads what an IdentityFile names: a private key, a public one, or the name of a private one of which only the `.pub` file can be read.
 * Throws `ssh.key-unreadable` where nothing of it can be had.
 */
export async function loadIdentity(path: string): Promise<Identity> {
  try {
    const file = await loadKeyFile(path)
    return { path, publicKey: file.publicKey, file, problem: undefined }
  } catch (error) {
    if (!isTransportError(error)) throw error
    const { reason } = error.details
    const publicKey = reason === 'not-a-private-key' ? await readPublicKey(path) : await readPublicKey(`${path}.pub`)
    if (publicKey === undefined) throw error
    const problem = reason === 'missing' || reason === 'not-a-private-key' ? unreadable(path, 'not-in-agent', error) : error
    return { path, publicKey, file: undefined, problem }
  }
}

/** Reads a private key file (OpenSSH, PEM, PKCS#8, PuTTY). Throws `ssh.key-unreadable`. */
export async function loadKeyFile(path: string): Promise<KeyFile> {
  const data = await readKey(path)
  // A public key is everybody's to read.
  if (isEncryptedKey(data) !== undefined) await refuseOpenPermissions(path)
  return parseKeyFile(path, data, await readPublicKey(`${path}.pub`))
}

/** Like {@link loadKeyFile}, from bytes. */
export function parseKeyFile(path: string, data: Buffer, publicKeyBeside?: ParsedKey): KeyFile {
  const encrypted = isEncryptedKey(data)
  if (encrypted === undefined) throw unreadable(path, 'not-a-private-key')
  if (encrypted) return { path, encrypted, publicKey: openSshPublicPart(data) ?? publicKeyBeside, data }
  const key = parsePrivate(data)
  if (key === undefined) throw unreadable(path, 'unsupported-format')
  return { path, encrypted, publicKey: key, data }
}

/** The usable private key. Throws `ssh.key-encrypted` without a passphrase, `ssh.key-passphrase-wrong` with a wrong one. */
export async function unlockKey(file: KeyFile, passphrase?: string): Promise<ParsedKey> {
  const details = { path: file.path, fingerprintSha256: file.publicKey && fingerprintSha256(file.publicKey.getPublicSSH()) }
  if (file.encrypted && (passphrase === undefined || passphrase === '')) {
    throw new TransportError('ssh.key-encrypted', `The key ${file.path} is encrypted and no passphrase was given`, { details })
  }
  const key = file.encrypted && passphrase !== undefined ? await decrypt(file.data, passphrase) : parsePrivate(file.data)
  if (key) return key
  if (!file.encrypted) throw unreadable(file.path, 'unsupported-format')
  throw new TransportError('ssh.key-passphrase-wrong', `The passphrase does not open the key ${file.path}`, { details })
}

async function readKey(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    const code = nodeErrorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') throw unreadable(path, 'missing', error)
    if (code === 'EACCES' || code === 'EPERM') throw unreadable(path, 'permission', error)
    throw unreadable(path, 'not-a-private-key', error)
  }
}

/** As OpenSSH: a key of our own that group or others may touch is not used. Windows has no such bits. */
async function refuseOpenPermissions(path: string): Promise<void> {
  const uid = process.getuid?.()
  if (uid === undefined) return
  const status = await stat(path)
  if (status.uid === uid && (status.mode & 0o077) !== 0) throw unreadable(path, 'permissions-too-open')
}

async function readPublicKey(path: string): Promise<ParsedKey | undefined> {
  const data = await readFile(path).catch(() => undefined)
  const key = data && parseAny(data)
  return key?.isPrivateKey() === false ? key : undefined
}

/** Parses a public or private key; undefined if it cannot be. */
export function parseAny(data: Buffer | string, passphrase?: string): ParsedKey | undefined {
  try {
    // The declared type says ParsedKey | Error; some formats yield a list with one key.
    const parsed: ParsedKey | Error | ParsedKey[] = parseKey(data, passphrase)
    const first = Array.isArray(parsed) ? parsed[0] : parsed
    return first instanceof Error ? undefined : first
  } catch {
    // A wrong passphrase makes the parser stumble over garbage in some formats.
    return undefined
  }
}

/** The ssh library reads the older PEM forms only: keys in PKCS#8 are rewritten to them. */
function parsePrivate(data: Buffer, passphrase?: string): ParsedKey | undefined {
  const key = parseAny(isPkcs8(data) ? (toSshFormat(data, passphrase) ?? data) : data, passphrase)
  return key?.isPrivateKey() ? key : undefined
}

function isPkcs8(data: Buffer): boolean {
  return /^-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----/m.test(data.toString('latin1'))
}

/** Bcrypt is for a worker; where none can be had, the key is opened here. */
async function decrypt(data: Buffer, passphrase: string): Promise<ParsedKey | undefined> {
  if (openSshFields(data) === undefined) return parsePrivate(data, passphrase)
  let pem: string | undefined
  try {
    pem = await decryptInWorker(data, passphrase)
  } catch {
    return parsePrivate(data, passphrase)
  }
  const key = pem === undefined ? undefined : toSshFormat(pem)
  return key === undefined ? undefined : parseAny(key)
}

/** Whether a private key is encrypted, from its header alone; undefined if it is no private key. */
export function isEncryptedKey(data: Buffer): boolean | undefined {
  const text = data.toString('latin1').trim()
  if (text.startsWith('-----BEGIN OPENSSH PRIVATE KEY-----')) {
    const cipher = openSshFields(data)?.cipher
    return cipher === undefined ? undefined : cipher !== 'none'
  }
  if (text.startsWith('-----BEGIN ENCRYPTED PRIVATE KEY-----')) return true
  if (text.startsWith('-----BEGIN PRIVATE KEY-----')) return false
  if (/^-----BEGIN (?:RSA|EC|DSA) PRIVATE KEY-----/.test(text)) return /^Proc-Type: *4, *ENCRYPTED/m.test(text)
  if (text.startsWith('PuTTY-User-Key-File-')) return !/^Encryption: *none\s*$/m.test(text)
  return undefined
}

function openSshPublicPart(data: Buffer): ParsedKey | undefined {
  const blob = openSshFields(data)?.publicKey
  return blob && parseAny(blob)
}

/** Cipher and public key of the OpenSSH format (PROTOCOL.key): both stand before the encrypted part. */
function openSshFields(data: Buffer): { cipher: string; publicKey: Buffer | undefined } | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(data.toString('latin1'))?.[1]
  if (body === undefined) return undefined
  const bytes = Buffer.from(body, 'base64')
  if (bytes.toString('latin1', 0, 15) !== 'openssh-key-v1\0') return undefined
  let at = 15
  const next = (): Buffer | undefined => {
    if (at + 4 > bytes.length) return undefined
    const end = at + 4 + bytes.readUInt32BE(at)
    if (end > bytes.length) return undefined
    const field = bytes.subarray(at + 4, end)
    at = end
    return field
  }
  const cipher = next()
  const kdf = next()
  const kdfOptions = next()
  if (cipher === undefined || kdf === undefined || kdfOptions === undefined) return undefined
  at += 4 // number of keys: always 1
  return { cipher: cipher.toString('latin1'), publicKey: next() }
}
