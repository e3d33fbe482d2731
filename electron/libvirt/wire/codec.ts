import { TYPE_TABLE } from './generated/codecs.ts'
import { readTypedParam, TYPED_PARAM_MIN_BYTES, writeTypedParam } from './typed-param.ts'
import { WireError } from './wire-error.ts'
import type { XdrReader } from './xdr-reader.ts'
import type { XdrWriter } from './xdr-writer.ts'

/** Reads and writes one type of the protocol. `minBytes` is the least it takes on the wire. */
export interface Codec {
  readonly minBytes: number
  readonly read: (reader: XdrReader) => unknown
  readonly write: (writer: XdrWriter, value: unknown) => void
}

/** REMOTE_STRING_MAX: every string of the protocol has the same bound. */
export const STRING_MAX = 4_194_304

/** The decoder of hand-written wire values: `base` alone, without a suffix. */
const PRIMITIVES: Readonly<Record<string, Codec>> = {
  int: { minBytes: 4, read: (r) => r.int(), write: (w, v) => w.int(v) },
  uint: { minBytes: 4, read: (r) => r.uint(), write: (w, v) => w.uint(v) },
  hyper: { minBytes: 8, read: (r) => r.hyper(), write: (w, v) => w.hyper(v) },
  uhyper: { minBytes: 8, read: (r) => r.uhyper(), write: (w, v) => w.uhyper(v) },
  double: { minBytes: 8, read: (r) => r.double(), write: (w, v) => w.double(v) },
  char: { minBytes: 4, read: (r) => r.char(), write: (w, v) => w.char(v) },
  uchar: { minBytes: 4, read: (r) => r.uchar(), write: (w, v) => w.uchar(v) },
  ushort: { minBytes: 4, read: (r) => r.ushort(), write: (w, v) => w.ushort(v) },
  string: { minBytes: 4, read: (r) => r.string(STRING_MAX), write: (w, v) => w.string(v, STRING_MAX) },
  uuid: { minBytes: 16, read: (r) => r.uuid(), write: (w, v) => w.uuid(v) },
  TypedParam: { minBytes: TYPED_PARAM_MIN_BYTES, read: readTypedParam, write: writeTypedParam },
}

const compiled = new Map<string, Codec>()

/**
 * The codec of a type by its generated name (`DomainRef`, `DomainGetInfoRet` …), made at its first use from the table: start-up pays for
 * no type that is not used.
 */
export function codecOf(typeName: string): Codec {
  const known = compiled.get(typeName)
  if (known !== undefined) return known
  const layout = TYPE_TABLE[typeName]
  const codec = PRIMITIVES[typeName] ?? (layout === undefined ? undefined : structCodec(typeName, layout))
  if (codec === undefined) throw new TypeError(`no type ${typeName} in the protocol table`)
  compiled.set(typeName, codec)
  return codec
}

/** Every type name in the table, for tests that walk all of them. */
export function typeNames(): readonly string[] {
  return Object.keys(TYPE_TABLE)
}

/** `name:type;name:type` → a codec for the struct. */
function structCodec(typeName: string, layout: string): Codec {
  const declared = layout.split(';').map((field) => field.split(':'))
  const names = declared.map(([name]) => name ?? '')
  const codecs = declared.map(([, type]) => fieldCodec(type ?? ''))
  return {
    minBytes: codecs.reduce((sum, codec) => sum + codec.minBytes, 0),
    read: structReader(names, codecs),
    write: (writer, value) => {
      if (typeof value !== 'object' || value === null) throw new WireError('value', `${typeName} needs an object`)
      const fields = value as Readonly<Record<string, unknown>>
      for (let index = 0; index < names.length; index++) {
        const name = names[index] ?? ''
        try {
          codecs[index]?.write(writer, name === 'flags' ? (fields[name] ?? 0) : fields[name])
        } catch (error) {
          if (error instanceof WireError) throw new WireError(error.fault, `${typeName}.${name}: ${error.message}`)
          throw error
        }
      }
    },
  }
}

function structReader(names: readonly string[], codecs: readonly Codec[]): Codec['read'] {
  const reads = codecs.map((codec) => codec.read)
  return (reader) => {
    const value: Record<string, unknown> = {}
    for (let index = 0; index < reads.length; index++) {
      const name = names[index]
      const read = reads[index]
      if (name !== undefined && read !== undefined) value[name] = read(reader)
    }
    return value
  }
}

const FIELD_TYPE = /^(\w+?)(\?|<(\d+)>|\[(\d+)\])?$/

/** A field's type: a base, and then nothing, `?` (optional), `<max>` (list) or `[count]` (fixed). */
function fieldCodec(type: string): Codec {
  const match = FIELD_TYPE.exec(type)
  const base = match?.[1]
  if (base === undefined) throw new TypeError(`cannot read the field type ${type}`)
  const max = match?.[3]
  const fixed = match?.[4]
  if (base === 'opaque') return opaqueCodec(Number(max))
  if (base === 'charBytes') return charBytesCodec(Number(max))
  if (base === 'chars') return fixed === undefined ? charTextCodec(Number(max), false) : charTextCodec(Number(fixed), true)
  const codec = codecOf(base)
  if (max !== undefined) return listCodec(codec, Number(max))
  return match?.[2] === '?' ? optionalCodec(codec) : codec
}

function optionalCodec(codec: Codec): Codec {
  return {
    minBytes: 4,
    read: (reader) => (reader.present() ? codec.read(reader) : null),
    write: (writer, value) => {
      const present = value !== null && value !== undefined
      writer.present(present)
      if (present) codec.write(writer, value)
    },
  }
}

function listCodec(codec: Codec, max: number): Codec {
  return {
    minBytes: 4,
    read: (reader) => {
      const count = reader.count(max, codec.minBytes)
      const items: unknown[] = []
      for (let index = 0; index < count; index++) items.push(codec.read(reader))
      return items
    },
    write: (writer, value) => {
      if (!Array.isArray(value)) throw new WireError('value', 'needs a list')
      const items: readonly unknown[] = value
      writer.count(items.length, max)
      for (const item of items) codec.write(writer, item)
    },
  }
}

function opaqueCodec(max: number): Codec {
  return { minBytes: 4, read: (reader) => reader.opaque(max), write: (writer, value) => writer.opaque(value, max) }
}

/** A `char` array carries each byte as an int of its own. */
function readChars(reader: XdrReader, count: number): Buffer {
  const bytes = Buffer.alloc(count)
  for (let index = 0; index < count; index++) bytes[index] = reader.char() & 0xff
  return bytes
}

function writeChars(writer: XdrWriter, bytes: Uint8Array): void {
  for (const byte of bytes) writer.char((byte << 24) >> 24)
}

/** A `char` array that holds a C string: as text, up to its NUL. */
function charTextCodec(max: number, fixed: boolean): Codec {
  return {
    minBytes: fixed ? max * 4 : 4,
    read: (reader) => {
      const bytes = readChars(reader, fixed ? max : reader.count(max, 4))
      const end = bytes.indexOf(0)
      return bytes.toString('utf8', 0, end < 0 ? bytes.length : end)
    },
    write: (writer, value) => {
      if (typeof value !== 'string' || value.includes('\0')) throw new WireError('value', 'needs text without NUL')
      const text = Buffer.from(value, 'utf8')
      if (text.length > max - 1) throw new WireError('bound', `text of ${text.length} bytes, limit ${max - 1}`)
      const bytes = Buffer.alloc(fixed ? max : text.length + 1)
      text.copy(bytes)
      if (!fixed) writer.count(bytes.length, max)
      writeChars(writer, bytes)
    },
  }
}

/** A `char` array that holds bytes (SASL data). */
function charBytesCodec(max: number): Codec {
  return {
    minBytes: 4,
    read: (reader) => new Uint8Array(readChars(reader, reader.count(max, 4))),
    write: (writer, value) => {
      if (!(value instanceof Uint8Array)) throw new WireError('value', 'needs a byte array')
      writer.count(value.length, max)
      writeChars(writer, value)
    },
  }
}
