import { both32, recordTime } from './iso9660-fields.ts'

/**
 * The system use entries of the Rock Ridge Interchange Protocol (RRIP, IEEE P1282, 1991) and of the System Use Sharing Protocol
 * (SUSP, IEEE P1281) that name files as they are called and give them a POSIX mode. Section numbers are those of RRIP 1.12 and
 * SUSP 1.12.
 */
function entry(signature: string, data: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(signature, 'latin1'), Buffer.from([4 + data.length, 1]), data])
}

/** What an object of the directory is: its mode, its owner (root) and when it was made. PX [RRIP 4.1.1] and TF [4.1.6]. */
function posix(mode: number, links: number, timeMs: number): Buffer {
  const px = Buffer.concat([both32(mode), both32(links), both32(0), both32(0)])
  const modifiedOnly = 0x02
  return Buffer.concat([entry('PX', px), entry('TF', Buffer.concat([Buffer.from([modifiedOnly]), recordTime(timeMs)]))])
}

/** The entries of a file: everybody may read it. */
export function fileEntries(name: string, timeMs: number): Buffer {
  const text = Buffer.from(name, 'utf8')
  return Buffer.concat([posix(0o100444, 1, timeMs), entry('NM', Buffer.concat([Buffer.from([0]), text]))])
}

/** The entries of the root's record of its parent. */
export function directoryEntries(timeMs: number): Buffer {
  return posix(0o040555, 2, timeMs)
}

/**
 * The entries of the root's record of itself: SP [SUSP 5.3] says that entries are in use at all, and CE [5.1] where the rest is,
 * which has no room in the record.
 * @param continuation the sector of `extensionArea`
 */
export function rootEntries(timeMs: number, continuation: number): Buffer {
  const ce = Buffer.concat([both32(continuation), both32(0), both32(extensionArea().length)])
  return Buffer.concat([entry('SP', Buffer.from([0xbe, 0xef, 0])), directoryEntries(timeMs), entry('CE', ce)])
}

/** ER [SUSP 5.5]: names the extension in use, in the words that RRIP 4.3 prescribes. */
export function extensionArea(): Buffer {
  const id = 'RRIP_1991A'
  const descriptor = 'THE ROCK RIDGE INTERCHANGE PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS'
  const source =
    'PLEASE CONTACT DISC PUBLISHER FOR SPECIFICATION SOURCE.  SEE PUBLISHER IDENTIFIER IN PRIMARY VOLUME DESCRIPTOR FOR CONTACT INFORMATION.'
  const lengths = Buffer.from([id.length, descriptor.length, source.length, 1])
  return entry('ER', Buffer.concat([lengths, Buffer.from(id + descriptor + source, 'latin1')]))
}
