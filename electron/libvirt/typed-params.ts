import { LibvirtError } from './errors.ts'
import type { TypedParam, TypedParamType, TypedParamValue } from './wire/typed-param.ts'

/** Parameters as a plain object. A name that may repeat (migrate_disks, compression) takes a list. */
export type ParamValues = Readonly<Record<string, TypedParamValue | readonly TypedParamValue[] | undefined>>

/** Which type each parameter of a call has; the daemon refuses a right value of the wrong type. */
export type ParamSchema = Readonly<Record<string, TypedParamType>>

/** virDomainMigrate3 and the *Params procedures of migration protocol 3. Bandwidths in MiB/s. */
export const MIGRATION_PARAMS = {
  destination_name: 'string',
  destination_xml: 'string',
  persistent_xml: 'string',
  migrate_uri: 'string',
  graphics_uri: 'string',
  listen_address: 'string',
  migrate_disks: 'string',
  disks_port: 'int',
  disks_uri: 'string',
  bandwidth: 'ullong',
  'bandwidth.postcopy': 'ullong',
  compression: 'string',
  'compression.mt.level': 'int',
  'compression.mt.threads': 'int',
  'compression.mt.dthreads': 'int',
  'compression.xbzrle.cache': 'ullong',
  'auto_converge.initial': 'int',
  'auto_converge.increment': 'int',
  'parallel.connections': 'int',
  'tls.destination': 'string',
} as const satisfies ParamSchema

/** domainBlockCopy. Bandwidth in bytes/s, granularity and buf-size in bytes. */
export const BLOCK_COPY_PARAMS = { bandwidth: 'ullong', granularity: 'uint', 'buf-size': 'ullong' } as const satisfies ParamSchema

/** domainSetBlockIoTune: everything else (`total_bytes_sec`, `read_iops_sec_max` …) is ullong, which a bigint becomes by itself. */
export const BLOCK_IO_TUNE_PARAMS = { group_name: 'string' } as const satisfies ParamSchema

/** domainSetSchedulerParametersFlags for qemu. Periods and quotas in microseconds. */
export const SCHEDULER_PARAMS = {
  cpu_shares: 'ullong',
  vcpu_period: 'ullong',
  vcpu_quota: 'llong',
  emulator_period: 'ullong',
  emulator_quota: 'llong',
  global_period: 'ullong',
  global_quota: 'llong',
  iothread_period: 'ullong',
  iothread_quota: 'llong',
} as const satisfies ParamSchema

/** domainSaveParams, domainRestoreParams. */
export const SAVE_PARAMS = { file: 'string', dxml: 'string' } as const satisfies ParamSchema

/**
 * A plain object → parameters. A name in `schema` gets that type; without one a bigint becomes ullong (llong when negative), a boolean
 * boolean, a string string, a whole number int and any other number double. Undefined values are left out.
 * Throws LibvirtError `invalid-input` for a value that its type cannot hold.
 */
export function toTypedParams(values: ParamValues, schema: ParamSchema = {}): readonly TypedParam[] {
  const params: TypedParam[] = []
  for (const [field, value] of Object.entries(values)) {
    if (value === undefined) continue
    const list: readonly TypedParamValue[] = typeof value === 'object' ? value : [value]
    for (const item of list) params.push(typedParam(field, schema[field] ?? guess(item), item))
  }
  return params
}

/** Parameters → a plain object: int, uint and double become numbers, llong and ullong bigint. Of a repeated name the last stays. */
export function fromTypedParams(params: readonly TypedParam[]): Record<string, TypedParamValue> {
  const values: Record<string, TypedParamValue> = {}
  for (const { field, value } of params) values[field] = value
  return values
}

function guess(value: TypedParamValue): TypedParamType {
  switch (typeof value) {
    case 'bigint':
      return value < 0n ? 'llong' : 'ullong'
    case 'boolean':
      return 'boolean'
    case 'string':
      return 'string'
    default:
      return Number.isInteger(value) ? 'int' : 'double'
  }
}

function typedParam(field: string, type: TypedParamType, value: TypedParamValue): TypedParam {
  switch (type) {
    case 'int':
    case 'uint':
    case 'double':
      if (typeof value === 'number') return { field, type, value }
      break
    case 'llong':
    case 'ullong':
      if (typeof value === 'bigint') return { field, type, value }
      if (typeof value === 'number' && Number.isSafeInteger(value)) return { field, type, value: BigInt(value) }
      break
    case 'boolean':
      if (typeof value === 'boolean') return { field, type, value }
      break
    case 'string':
      if (typeof value === 'string') return { field, type, value }
  }
  throw new LibvirtError('invalid-input', 'libvirt.invalid-parameter', `parameter ${field} must be ${type}, not ${typeof value}`)
}
