import { AppError } from '../../../shared/errors/index.ts'
import { both16, both32, padded, recordTime, SECTOR, sectors, toSectors, ucs2, volumeTime } from './iso9660-fields.ts'
import { checkNames, plainNames } from './iso9660-names.ts'
import { directoryEntries, extensionArea, fileEntries, rootEntries } from './rock-ridge.ts'

export interface ImageFile {
  /** At most 64 characters and 160 bytes of UTF-8, without control characters and * / : ; ? \. */
  readonly name: string
  readonly data: Uint8Array
}

export interface ImageOptions {
  /** 1 to 16 of A to Z, 0 to 9 and _. */
  readonly volumeLabel: string
  /** When the image and its files were made, in milliseconds since 1970. */
  readonly timeMs: number
}

/** Where everything lies, in sectors. The system area, 16 sectors of zeros, comes first [6.2.1]. */
interface Layout {
  readonly primaryRoot: number
  readonly primaryRootSectors: number
  readonly jolietRoot: number
  readonly jolietRootSectors: number
  readonly continuation: number
  /** Of each file, in the order given; 0 for an empty one, which lies nowhere. */
  readonly files: readonly number[]
  readonly total: number
}

const PRIMARY_DESCRIPTOR = 16
/** Little-endian and big-endian path table, of the plain names and of Joliet's; one sector each. */
const PATH_TABLES = { primary: [19, 20], joliet: [21, 22] } as const
const PRIMARY_ROOT = 23
/** A path table that holds the root only: ten bytes [9.4]. */
const PATH_TABLE_LENGTH = 10

/**
 * An ISO 9660 image (ECMA-119, 4th edition: section numbers here are its) that holds some files in its root, under their names
 * by Joliet and by Rock Ridge, and under 8.3 names for the rest of the world. The same input gives the same bytes.
 * @throws AppError invalid-input `build.bad-file-name`, `build.bad-volume-label`
 */
export function isoImage(files: readonly ImageFile[], options: ImageOptions): Uint8Array {
  const names = files.map((file) => file.name)
  checkNames(names)
  if (!/^[A-Z0-9_]{1,16}$/.test(options.volumeLabel)) {
    throw new AppError({
      kind: 'invalid-input',
      code: 'build.bad-volume-label',
      message: 'The label of an image is 1 to 16 of A to Z, 0 to 9 and _.',
      details: { label: options.volumeLabel },
    })
  }
  const layout = place(files, options.timeMs)
  const image = Buffer.alloc(layout.total * SECTOR)
  const put = (sector: number, bytes: Uint8Array): void => image.set(bytes, sector * SECTOR)
  put(PRIMARY_DESCRIPTOR, descriptor('primary', layout, options))
  put(PRIMARY_DESCRIPTOR + 1, descriptor('joliet', layout, options))
  put(PRIMARY_DESCRIPTOR + 2, header(255))
  for (const tree of ['primary', 'joliet'] as const) {
    const root = tree === 'primary' ? layout.primaryRoot : layout.jolietRoot
    const [little, big] = PATH_TABLES[tree]
    put(little, pathTable(root, true))
    put(big, pathTable(root, false))
    put(root, directory(tree, files, layout, options.timeMs))
  }
  put(layout.continuation, extensionArea())
  for (const [index, file] of files.entries()) if (file.data.length > 0) put(layout.files[index] ?? 0, file.data)
  return image
}

type Tree = 'primary' | 'joliet'

function place(files: readonly ImageFile[], timeMs: number): Layout {
  // the size of a directory does not depend on where things lie
  const nowhere: Layout = {
    primaryRoot: 0,
    primaryRootSectors: 0,
    jolietRoot: 0,
    jolietRootSectors: 0,
    continuation: 0,
    files: files.map(() => 0),
    total: 0,
  }
  const primaryRootSectors = sectors(directory('primary', files, nowhere, timeMs).length)
  const jolietRootSectors = sectors(directory('joliet', files, nowhere, timeMs).length)
  const jolietRoot = PRIMARY_ROOT + primaryRootSectors
  const continuation = jolietRoot + jolietRootSectors
  let next = continuation + 1
  const places = files.map(({ data }) => {
    const at = data.length === 0 ? 0 : next
    next += sectors(data.length)
    return at
  })
  return { primaryRoot: PRIMARY_ROOT, primaryRootSectors, jolietRoot, jolietRootSectors, continuation, files: places, total: next }
}

/** The first bytes of a volume descriptor [8.1]; type 255 ends the set [8.3]. */
function header(type: number): Buffer {
  return Buffer.concat([Buffer.from([type]), Buffer.from('CD001', 'latin1'), Buffer.from([1])])
}

/** The primary volume descriptor [8.4], or Joliet's supplementary one [8.5], which differs in its type, escape sequence and texts. */
function descriptor(tree: Tree, layout: Layout, options: ImageOptions): Buffer {
  const joliet = tree === 'joliet'
  const text = (value: string, length: number): Buffer => padded(value, length, joliet)
  const [little, big] = PATH_TABLES[tree]
  const bigEndian = Buffer.alloc(4)
  bigEndian.writeUInt32BE(big)
  const littleEndian = Buffer.alloc(4)
  littleEndian.writeUInt32LE(little)
  const fields = [
    header(joliet ? 2 : 1),
    Buffer.alloc(1),
    text('', 32), // system identifier
    text(options.volumeLabel, 32),
    Buffer.alloc(8),
    both32(layout.total),
    // Joliet, "Escape sequences": UCS-2 level 3
    joliet ? Buffer.concat([Buffer.from('%/E', 'latin1'), Buffer.alloc(29)]) : Buffer.alloc(32),
    both16(1), // volume set size
    both16(1), // volume sequence number
    both16(SECTOR),
    both32(PATH_TABLE_LENGTH),
    littleEndian,
    Buffer.alloc(4), // no optional path table
    bigEndian,
    Buffer.alloc(4),
    rootRecord(tree, layout, options.timeMs, 0, Buffer.alloc(0)),
    text('', 128), // volume set
    text('', 128), // publisher
    text('', 128), // data preparer
    text('NOVACRON', 128), // application
    text('', 37), // copyright file
    text('', 37), // abstract file
    text('', 37), // bibliographic file
    volumeTime(options.timeMs), // created
    volumeTime(options.timeMs), // modified
    volumeTime(undefined), // expires
    volumeTime(undefined), // effective
    Buffer.from([1]), // version of the structure
  ]
  return toSectors(Buffer.concat(fields))
}

/** A path table with its one entry, the root, which is its own parent [9.4]. */
function pathTable(root: number, littleEndian: boolean): Buffer {
  const table = Buffer.alloc(PATH_TABLE_LENGTH)
  table[0] = 1
  if (littleEndian) {
    table.writeUInt32LE(root, 2)
    table.writeUInt16LE(1, 6)
  } else {
    table.writeUInt32BE(root, 2)
    table.writeUInt16BE(1, 6)
  }
  return table
}

/** The root directory: itself, its parent (itself again), the files by their identifiers [9.3]. No record crosses a sector [6.8.1.1]. */
function directory(tree: Tree, files: readonly ImageFile[], layout: Layout, timeMs: number): Buffer {
  const joliet = tree === 'joliet'
  const plain = plainNames(files.map((file) => file.name))
  const entries = files.map((file, index) => {
    const identifier = joliet ? ucs2(file.name) : Buffer.from(plain.get(file.name) ?? '', 'latin1')
    const systemUse = joliet ? Buffer.alloc(0) : fileEntries(file.name, timeMs)
    const extent = { at: layout.files[index] ?? 0, length: file.data.length }
    return { sortKey: sortKey(tree, identifier), record: record(identifier, extent, 0, timeMs, systemUse) }
  })
  entries.sort((a, b) => Buffer.compare(a.sortKey, b.sortKey))
  const records = [
    rootRecord(tree, layout, timeMs, 0, joliet ? Buffer.alloc(0) : rootEntries(timeMs, layout.continuation)),
    rootRecord(tree, layout, timeMs, 1, joliet ? Buffer.alloc(0) : directoryEntries(timeMs)),
    ...entries.map((entry) => entry.record),
  ]
  const packed: Buffer[] = []
  let used = 0
  for (const next of records) {
    const left = SECTOR - (used % SECTOR)
    if (next.length > left) {
      packed.push(Buffer.alloc(left))
      used += left
    }
    packed.push(next)
    used += next.length
  }
  return toSectors(Buffer.concat(packed))
}

/** Names are compared with the shorter filled up with spaces, then extensions [9.3]; Joliet compares the bytes of the characters. */
function sortKey(tree: Tree, identifier: Buffer): Buffer {
  if (tree === 'joliet') return identifier
  const [base = '', extension = ''] = identifier.toString('latin1').split(/[.;]/)
  return Buffer.from(base.padEnd(8) + extension.padEnd(3), 'latin1')
}

/** A record of the root: in its descriptor, as itself (identifier 0) and as its own parent (identifier 1) [7.6.2]. */
function rootRecord(tree: Tree, layout: Layout, timeMs: number, identifier: 0 | 1, systemUse: Buffer): Buffer {
  const [at, count] = tree === 'primary' ? [layout.primaryRoot, layout.primaryRootSectors] : [layout.jolietRoot, layout.jolietRootSectors]
  const isDirectory = 0x02
  return record(Buffer.from([identifier]), { at, length: count * SECTOR }, isDirectory, timeMs, systemUse)
}

/** A directory record [9.1]: even in length, its system use field beginning at an even place. */
function record(
  identifier: Buffer,
  extent: { readonly at: number; readonly length: number },
  flags: number,
  timeMs: number,
  systemUse: Buffer,
): Buffer {
  const padding = Buffer.alloc(1 - (identifier.length % 2))
  const end = Buffer.alloc(systemUse.length % 2)
  const length = 33 + identifier.length + padding.length + systemUse.length + end.length
  return Buffer.concat([
    Buffer.from([length, 0]),
    both32(extent.at),
    both32(extent.length),
    recordTime(timeMs),
    Buffer.from([flags, 0, 0]), // neither unit size nor gap: not interleaved
    both16(1),
    Buffer.from([identifier.length]),
    identifier,
    padding,
    systemUse,
    end,
  ])
}
