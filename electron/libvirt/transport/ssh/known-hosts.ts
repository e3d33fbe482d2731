import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { matchPatterns } from './host-pattern.ts'

/** The format of known_hosts as in sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. Pure: files are the store's business. */

/** One line that holds a key. */
export interface KnownHostEntry {
  readonly marker: 'none' | 'cert-authority' | 'revoked'
  /** Plain or wildcard patterns; empty for a hashed line. */
  readonly patterns: readonly string[]
  /** Salt and HMAC-SHA1 of the name, for a hashed line. */
  readonly hashed?: { readonly salt: Buffer; readonly digest: Buffer }
  readonly keyType: string
  /** The public key blob in SSH wire format. */
  readonly key: Buffer
  readonly file: string
  /** 1-based. */
  readonly line: number
}

/** Where a known key is written down. */
export interface KnownKeyPlace {
  readonly keyType: string
  readonly fingerprintSha256: string
  readonly file: string
  readonly line: number
}

export type HostKeyCheck =
  | { readonly status: 'match'; readonly at: KnownKeyPlace }
  | { readonly status: 'unknown'; readonly trustedByAuthority: boolean }
  | { readonly status: 'changed'; readonly known: readonly KnownKeyPlace[] }
  | { readonly status: 'revoked'; readonly at: KnownKeyPlace }

/** Parses a file. Lines that make no sense are left out, as OpenSSH does, and counted. */
export function parseKnownHosts(text: string, file: string): { entries: KnownHostEntry[]; skippedLines: number[] } {
  const entries: KnownHostEntry[] = []
  const skippedLines: number[] = []
  text.split(/\r?\n/).forEach((raw, index) => {
    const content = raw.trim()
    if (content === '' || content.startsWith('#')) return
    const entry = parseLine(content, file, index + 1)
    if (entry === undefined) skippedLines.push(index + 1)
    else entries.push(entry)
  })
  return { entries, skippedLines }
}

function parseLine(content: string, file: string, line: number): KnownHostEntry | undefined {
  const words = content.split(/[ \t]+/)
  let marker: KnownHostEntry['marker'] = 'none'
  if (words[0]?.startsWith('@')) {
    const word = words.shift()
    if (word === '@cert-authority') marker = 'cert-authority'
    else if (word === '@revoked') marker = 'revoked'
    else return undefined
  }
  const [names, keyType, encoded] = words
  if (names === undefined || keyType === undefined || encoded === undefined) return undefined
  const key = decodeKey(encoded, keyType)
  if (key === undefined) return undefined
  if (!names.startsWith('|')) return { marker, patterns: names.toLowerCase().split(','), keyType, key, file, line }
  const hashed = parseHashedName(names)
  return hashed && { marker, patterns: [], hashed, keyType, key, file, line }
}

/** Decodes a base64 key blob; undefined unless it is well formed and names the type that stands before it. */
function decodeKey(encoded: string, keyType: string): Buffer | undefined {
  const key = Buffer.from(encoded, 'base64')
  return keyTypeOf(key) === keyType ? key : undefined
}

function parseHashedName(word: string): { salt: Buffer; digest: Buffer } | undefined {
  const [, version, salt, digest, ...rest] = word.split('|')
  if (version !== '1' || salt === undefined || digest === undefined || rest.length > 0) return undefined
  const decoded = { salt: Buffer.from(salt, 'base64'), digest: Buffer.from(digest, 'base64') }
  return decoded.salt.length === 20 && decoded.digest.length === 20 ? decoded : undefined
}

/** Type name inside a key blob (`ssh-ed25519` …); undefined when the blob is malformed. */
export function keyTypeOf(key: Buffer): string | undefined {
  if (key.length < 5) return undefined
  const length = key.readUInt32BE(0)
  if (length === 0 || length > 64 || 4 + length >= key.length) return undefined
  return key.toString('latin1', 4, 4 + length)
}

/** Fingerprint as OpenSSH prints it: `SHA256:` and base64 without padding. */
export function fingerprintSha256(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** The name a host has in known_hosts: lower case, `[host]:port` unless the port is 22. */
export function knownHostName(host: string, port: number): string {
  const name = host.toLowerCase()
  return port === 22 ? name : `[${name}]:${port}`
}

function entryMatches(entry: KnownHostEntry, name: string): boolean {
  if (entry.hashed) return timingSafeEqual(createHmac('sha1', entry.hashed.salt).update(name).digest(), entry.hashed.digest)
  return matchPatterns(name, entry.patterns) === 'match'
}

/** The entries that speak of a host, in the order of the files. */
export function entriesFor(entries: readonly KnownHostEntry[], host: string, port: number): KnownHostEntry[] {
  const name = knownHostName(host, port)
  return entries.filter((entry) => entryMatches(entry, name))
}

/** Where an entry stands, for messages. */
export function placeOf(entry: KnownHostEntry): KnownKeyPlace {
  return { keyType: entry.keyType, fingerprintSha256: fingerprintSha256(entry.key), file: entry.file, line: entry.line }
}

/**
 * Judges a host key as OpenSSH does: a revoked key is refused whatever else is written; a line with this very key is a match; any other
 * key for the host, of whatever type, means that the key changed; none at all is unknown. For a port other than 22 a match under the
 * plain name counts too.
 */
export function checkHostKey(entries: readonly KnownHostEntry[], host: string, port: number, key: Buffer): HostKeyCheck {
  const own = entriesFor(entries, host, port)
  const plain = port === 22 ? [] : entriesFor(entries, host, 22)
  const revoked = [...own, ...plain].find((entry) => entry.marker === 'revoked' && entry.key.equals(key))
  if (revoked) return { status: 'revoked', at: placeOf(revoked) }
  const pinned = own.filter((entry) => entry.marker === 'none')
  const match = pinned.find((entry) => entry.key.equals(key))
  if (match) return { status: 'match', at: placeOf(match) }
  if (pinned.length > 0) return { status: 'changed', known: pinned.map(placeOf) }
  const plainMatch = plain.find((entry) => entry.marker === 'none' && entry.key.equals(key))
  if (plainMatch) return { status: 'match', at: placeOf(plainMatch) }
  return { status: 'unknown', trustedByAuthority: own.some((entry) => entry.marker === 'cert-authority') }
}

/** The key types already known for a host, best first in file order: they are asked for first in the handshake. */
export function knownKeyTypes(entries: readonly KnownHostEntry[], host: string, port: number): string[] {
  const types = (name: KnownHostEntry[]) => name.filter((entry) => entry.marker === 'none').map((entry) => entry.keyType)
  const own = types(entriesFor(entries, host, port))
  if (own.length > 0 || port === 22) return [...new Set(own)]
  return [...new Set(types(entriesFor(entries, host, 22)))]
}

/** One line for a host, hashed (as `HashKnownHosts yes` writes it) or plain. Without the newline. */
export function formatKnownHost(host: string, port: number, key: Buffer, options: { hash?: boolean; comment?: string } = {}): string {
  const keyType = keyTypeOf(key)
  if (keyType === undefined) throw new RangeError('malformed host key')
  const name = knownHostName(host, port)
  const comment = options.comment?.replace(/[\r\n]+/g, ' ')
  return [options.hash ? hashName(name) : name, keyType, key.toString('base64'), ...(comment ? [comment] : [])].join(' ')
}

function hashName(name: string): string {
  const salt = randomBytes(20)
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`
}
