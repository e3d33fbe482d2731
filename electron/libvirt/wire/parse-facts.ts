/** Reads the protocol facts (declarations in the notation of XDR's own language) into the model that the generator writes from. */

/** One facts file as stored. */
export interface RawFacts {
  readonly source: string
  readonly program: number
  readonly version: number
  readonly types: Readonly<Record<string, string>>
  readonly procedures: Readonly<Record<string, string>>
}

export interface RawConstants {
  readonly source: string
  readonly constants: Readonly<Record<string, number | string>>
}

/** A field of a struct: its TypeScript type and its notation in the codec table. */
export interface Field {
  readonly name: string
  readonly tsType: string
  readonly layout: string
  readonly optional: boolean
}

export interface Struct {
  readonly name: string
  readonly fields: readonly Field[]
}

/** Which part of the host a procedure belongs to; a split daemon serves one of them. */
export type Group = 'connection' | 'hypervisor' | 'interface' | 'network' | 'node-device' | 'nwfilter' | 'secret' | 'storage'

export interface Procedure {
  readonly name: string
  readonly program: 'remote' | 'qemu'
  readonly number: number
  readonly args: string | undefined
  readonly ret: string | undefined
  readonly message: string | undefined
  readonly stream: 'read' | 'write' | undefined
  readonly access: 'read' | 'write'
  readonly group: Group
}

export interface Protocol {
  readonly sources: readonly string[]
  readonly programs: Readonly<Record<'remote' | 'qemu', { readonly number: number; readonly version: number }>>
  readonly structs: readonly Struct[]
  readonly procedures: readonly Procedure[]
}

export function parseFacts(remote: RawFacts, qemu: RawFacts): Protocol {
  const declarations = { ...remote.types, ...qemu.types }
  const structs = Object.entries(declarations)
    .filter(([name, text]) => text.startsWith('struct ') && name !== 'remote_typed_param')
    .map(([name, text]) => ({
      name: typeName(name),
      fields: text
        .slice(7)
        .split('; ')
        .map((field) => parseField(field, declarations)),
    }))
  return {
    sources: [remote.source, qemu.source],
    programs: {
      remote: { number: remote.program, version: remote.version },
      qemu: { number: qemu.program, version: qemu.version },
    },
    structs,
    procedures: [
      ...Object.entries(remote.procedures).map(([name, text]) => parseProcedure(name, text, 'remote')),
      ...Object.entries(qemu.procedures).map(([name, text]) => parseProcedure(name, text, 'qemu')),
    ],
  }
}

/** some_name, SOME_NAME → someName; capitals inside lower-case words (callbackID, nrVirtCpu) stay. */
export function camelCase(name: string): string {
  const words = (name === name.toUpperCase() ? name.toLowerCase() : name).split('_')
  return words.map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join('')
}

export function typeName(wireName: string): string {
  const name = wireName.replace(/^remote_(?!error$)/, '')
  const reference = name.startsWith('nonnull_')
  const camel = camelCase(reference ? name.slice(8) : name)
  return camel.charAt(0).toUpperCase() + camel.slice(1) + (reference ? 'Ref' : '')
}

/** Wire type → codec notation and TypeScript type. */
const SCALARS: Readonly<Record<string, readonly [layout: string, tsType: string]>> = {
  int: ['int', 'number'],
  'unsigned int': ['uint', 'number'],
  hyper: ['hyper', 'bigint'],
  'unsigned hyper': ['uhyper', 'bigint'],
  double: ['double', 'number'],
  char: ['char', 'number'],
  'unsigned char': ['uchar', 'number'],
  'unsigned short': ['ushort', 'number'],
  remote_nonnull_string: ['string', 'string'],
  remote_uuid: ['uuid', 'string'],
  remote_typed_param: ['TypedParam', 'TypedParam'],
}

const DECLARATION = /^((?:unsigned )?\w+) (\w+)(?:\[(\d+)\]|<(\d+)>)?$/

function parseField(text: string, declarations: Readonly<Record<string, string>>): Field {
  const match = DECLARATION.exec(text)
  const wireType = match?.[1]
  const wireName = match?.[2]
  if (wireType === undefined || wireName === undefined) throw new Error(`cannot read the declaration "${text}"`)
  const name = camelCase(wireName)
  const fixed = match?.[3]
  const max = match?.[4]
  if (wireType === 'opaque') return { name, layout: `opaque<${max}>`, tsType: 'Uint8Array', optional: false }
  if (wireType === 'char' && (fixed ?? max) !== undefined) return charField(name, fixed, max)
  const [layout, tsType] = baseType(wireType, declarations)
  if (max !== undefined) return { name, layout: `${layout}<${max}>`, tsType: `readonly ${tsType}[]`, optional: false }
  const optional = layout.endsWith('?') || (name === 'flags' && wireType.startsWith('unsigned '))
  return { name, layout, tsType, optional }
}

/** A `char` array is a C string but for SASL's data, which are bytes. */
function charField(name: string, fixed: string | undefined, max: string | undefined): Field {
  if (name === 'data') return { name, layout: `charBytes<${max}>`, tsType: 'Uint8Array', optional: false }
  return { name, layout: fixed === undefined ? `chars<${max}>` : `chars[${fixed}]`, tsType: 'string', optional: false }
}

function baseType(wireType: string, declarations: Readonly<Record<string, string>>): readonly [layout: string, tsType: string] {
  const scalar = SCALARS[wireType]
  if (scalar !== undefined) return scalar
  const declared = declarations[wireType]
  if (declared === undefined) throw new Error(`no declaration of ${wireType}`)
  if (declared.startsWith('enum ')) return ['int', 'number']
  if (declared.startsWith('struct ')) return [typeName(wireType), typeName(wireType)]
  const target = /^typedef (\w+) \*$/.exec(declared)?.[1]
  if (target === undefined) throw new Error(`cannot follow ${wireType}: ${declared}`)
  const [layout, tsType] = baseType(target, declarations)
  return [`${layout}?`, `${tsType} | null`]
}

function parseProcedure(wireName: string, text: string, program: 'remote' | 'qemu'): Procedure {
  const [number, ...rest] = text.split(' ')
  const options = new Map(rest.map((option) => option.split('=') as [string, string]))
  const type = (key: string) => {
    const value = options.get(key)
    return value === undefined ? undefined : typeName(value)
  }
  // The facts leave the newest of the tunnelled migrations unmarked.
  const stream = wireName.includes('PREPARE_TUNNEL') ? 'write' : options.get('stream')
  const access = options.get('acl') ?? 'none'
  return {
    name: camelCase(program === 'qemu' ? `QEMU_${wireName}` : wireName),
    program,
    number: Number(number),
    args: type('args'),
    ret: type('ret'),
    message: type('msg'),
    stream: stream === 'read' || stream === 'write' ? stream : undefined,
    access: isRead(wireName, access) ? 'read' : 'write',
    group: groupOf(wireName, access),
  }
}

const READ_ACCESS = /:(getattr|read|read_secure|search_\w+|screenshot|block_read|mem_read|data_read|detect_storage_pools)$/
const READ_NAME = /(^|_)(GET|LIST|LOOKUP|COMPARE|BASELINE|IS)(_|$)/
const CHANGE_NAME = /(^|_)(SET|START)(_|$)/

/** Whether sending it twice changes nothing: by the daemon's own access rule or its name. SET_SCHEDULER_PARAMETERS claims to be a read. */
function isRead(name: string, access: string): boolean {
  return (READ_ACCESS.test(access) || READ_NAME.test(name)) && !CHANGE_NAME.test(name)
}

/** By name, as the daemon's drivers are split; `DOMAIN_INTERFACE_…` and the like belong to the domain. */
function groupOf(name: string, access: string): Group {
  if (/^(CONNECT_(OPEN|CLOSE|SUPPORTS_FEATURE|REGISTER_CLOSE|UNREGISTER_CLOSE|EVENT_CONNECTION|SET_IDENTITY)|AUTH_)/.test(name))
    return 'connection'
  if (/^(DOMAIN|CONNECT_DOMAIN)_/.test(name)) return 'hypervisor'
  const text = `${name} ${access.toUpperCase()}`
  if (/STORAGE_(POOL|VOL)/.test(text)) return 'storage'
  if (/NWFILTER/.test(text)) return 'nwfilter'
  if (/(^|_)NETWORK/.test(text)) return 'network'
  // Who hands host devices to guests serves these: virtnodedevd's driver has none of them, though they take a node device.
  if (/^NODE_DEVICE_(DETTACH|DETACH_FLAGS|RE_ATTACH|RESET)$/.test(name)) return 'hypervisor'
  if (/NODE_DEVICE|NODE_NUM_OF_DEVICES|NODE_LIST_DEVICES/.test(text)) return 'node-device'
  if (/(^|_)SECRET/.test(text)) return 'secret'
  return /(^|_)INTERFACE/.test(text) ? 'interface' : 'hypervisor'
}
