import { WireError } from './wire-error.ts'
import type { XdrReader } from './xdr-reader.ts'
import type { XdrWriter } from './xdr-writer.ts'

/** A named value of one of libvirt's seven parameter types (`virTypedParameter`): the wire's nested union, flattened. */
export type TypedParam =
  | { readonly field: string; readonly type: 'int'; readonly value: number }
  | { readonly field: string; readonly type: 'uint'; readonly value: number }
  | { readonly field: string; readonly type: 'llong'; readonly value: bigint }
  | { readonly field: string; readonly type: 'ullong'; readonly value: bigint }
  | { readonly field: string; readonly type: 'double'; readonly value: number }
  | { readonly field: string; readonly type: 'boolean'; readonly value: boolean }
  | { readonly field: string; readonly type: 'string'; readonly value: string }

export type TypedParamValue = TypedParam['value']
export type TypedParamType = TypedParam['type']

/** A name's length, the type and the shortest value. */
export const TYPED_PARAM_MIN_BYTES = 12
const STRING_MAX = 4_194_304

/** VIR_TYPED_PARAM_INT … VIR_TYPED_PARAM_STRING, in the order of their numbers, which start at 1. */
const TYPES = ['int', 'uint', 'llong', 'ullong', 'double', 'boolean', 'string'] as const

/** Reads one parameter. */
export function readTypedParam(reader: XdrReader): TypedParam {
  const field = reader.name(STRING_MAX)
  const type = reader.int()
  switch (type) {
    case 1:
      return { field, type: 'int', value: reader.int() }
    case 2:
      return { field, type: 'uint', value: reader.uint() }
    case 3:
      return { field, type: 'llong', value: reader.hyper() }
    case 4:
      return { field, type: 'ullong', value: reader.uhyper() }
    case 5:
      return { field, type: 'double', value: reader.double() }
    case 6:
      return { field, type: 'boolean', value: reader.int() !== 0 }
    case 7:
      return { field, type: 'string', value: reader.string(STRING_MAX) }
    default:
      throw new WireError('union', `parameter ${field} has the unknown type ${type}`)
  }
}

/**
 * Reads only the value of a parameter whose name is read already: for records that keep values by name.
 * The booleans, ints and doubles become what they are, the 64-bit types bigint.
 */
export function readTypedParamValue(reader: XdrReader): TypedParamValue {
  const type = reader.int()
  switch (type) {
    case 1:
      return reader.int()
    case 2:
      return reader.uint()
    case 3:
      return reader.hyper()
    case 4:
      return reader.uhyper()
    case 5:
      return reader.double()
    case 6:
      return reader.int() !== 0
    case 7:
      return reader.string(STRING_MAX)
    default:
      throw new WireError('union', `a parameter has the unknown type ${type}`)
  }
}

const WRITERS: Readonly<Record<TypedParamType, (writer: XdrWriter, value: unknown) => void>> = {
  int: (writer, value) => writer.int(value),
  uint: (writer, value) => writer.uint(value),
  llong: (writer, value) => writer.hyper(value),
  ullong: (writer, value) => writer.uhyper(value),
  double: (writer, value) => writer.double(value),
  boolean: (writer, value) => {
    if (typeof value !== 'boolean') throw new WireError('value', 'needs a boolean')
    writer.int(value ? 1 : 0)
  },
  string: (writer, value) => writer.string(value, STRING_MAX),
}

/** Writes one parameter; `value` must be a {@link TypedParam}. */
export function writeTypedParam(writer: XdrWriter, value: unknown): void {
  if (typeof value !== 'object' || value === null) throw new WireError('value', 'a parameter is { field, type, value }')
  const param = value as TypedParam
  const number = TYPES.indexOf(param.type) + 1
  if (number === 0) throw new WireError('value', `parameter ${param.field} has an unknown type`)
  writer.string(param.field, STRING_MAX)
  writer.int(number)
  WRITERS[param.type](writer, param.value)
}
