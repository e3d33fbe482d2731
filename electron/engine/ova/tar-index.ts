import { problem } from './ova-errors.ts'
import { padded, readTarHeader, TAR_BLOCK } from './tar.ts'

/** Some bytes of a file. Fewer than asked for: it ends there. */
export type ReadRange = (offset: number, length: number) => Promise<Uint8Array>

export interface OvaMember {
  readonly name: string
  /** Where its bytes begin in the archive. */
  readonly offset: number
  readonly sizeBytes: number
}

/** More than any package has; an archive of a million headers would be read for hours. */
const MOST_MEMBERS = 1_000
/** With those of folders and of long names. */
const MOST_HEADERS = 4 * MOST_MEMBERS
/** Of a long name, or of pax's further fields. */
const MAX_EXTRA_BYTES = 65_536

/**
 * What is in an OVA, found by its headers alone: nothing of the disks is read. Names are names: whatever would lead out of a folder, and
 * whatever is no plain file, is refused, though nothing is ever unpacked by them.
 * @throws AppError invalid-input ova.not-a-tar, ova.truncated, ova.bad-member
 */
export async function readTarIndex(read: ReadRange, totalBytes: number): Promise<readonly OvaMember[]> {
  const members = new Map<string, OvaMember>()
  let longName: string | null = null
  let pax: ReadonlyMap<string, string> = new Map()
  for (let at = 0, headers = 0; at + TAR_BLOCK <= totalBytes; headers++) {
    const header = readTarHeader(await read(at, TAR_BLOCK))
    if (header === null) break
    if (headers === MOST_HEADERS) throw badMember(header.name, 'too-many')
    const offset = at + TAR_BLOCK
    const sizeBytes = pax.has('size') ? Number(pax.get('size')) : header.sizeBytes
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0)
      throw problem('invalid-input', 'ova.not-a-tar', 'A size in the archive cannot be read: it is damaged.')
    if (offset + sizeBytes > totalBytes) throw truncated(longName ?? header.name)
    at = offset + padded(sizeBytes)
    if (header.type === 'L') longName = await extra(read, offset, sizeBytes)
    else if (header.type === 'x') pax = paxRecords(await extra(read, offset, sizeBytes))
    else if (header.type !== 'g' && header.type !== '5') {
      const name = plainName(pax.get('path') ?? longName ?? header.name)
      if (header.type !== '0' && header.type !== '') throw badMember(name, 'not-a-file')
      if (members.has(name)) throw badMember(name, 'twice')
      if (members.size === MOST_MEMBERS) throw badMember(name, 'too-many')
      members.set(name, { name, offset, sizeBytes })
    }
    if (header.type !== 'L' && header.type !== 'x') {
      longName = null
      pax = new Map()
    }
  }
  if (members.size === 0) throw problem('invalid-input', 'ova.not-a-tar', 'The file is no OVA: there is nothing in it.')
  return [...members.values()]
}

async function extra(read: ReadRange, offset: number, sizeBytes: number): Promise<string> {
  if (sizeBytes > MAX_EXTRA_BYTES) throw badMember('', 'long-name')
  return new TextDecoder().decode(await read(offset, sizeBytes)).replace(/\0+$/, '')
}

/** `LENGTH KEY=VALUE\n` each, LENGTH counting the whole record in bytes; lengths are trusted no further than the line's end. */
function paxRecords(text: string): ReadonlyMap<string, string> {
  const records = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, key, value] = /^\d+ ([^=]+)=(.*)$/.exec(line) ?? []
    if (key !== undefined && value !== undefined) records.set(key, value)
  }
  return records
}

function plainName(name: string): string {
  const plain = name.replace(/^(\.\/)+/, '')
  if (plain === '' || plain === '.' || plain === '..' || /[/\\\p{Cc}\p{Cs}]/u.test(plain)) throw badMember(name, 'path')
  return plain
}

function badMember(name: string, reason: 'path' | 'not-a-file' | 'twice' | 'too-many' | 'long-name'): Error {
  return problem('invalid-input', 'ova.bad-member', `The archive holds something that no OVA has: “${name.slice(0, 200)}” (${reason}).`, {
    name: name.slice(0, 200),
    reason,
  })
}

function truncated(name: string): Error {
  return problem('invalid-input', 'ova.truncated', `The file ends within “${name.slice(0, 200)}”: it was not copied as a whole.`, {
    name: name.slice(0, 200),
  })
}
