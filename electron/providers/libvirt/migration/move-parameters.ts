import type { MigrationSpec } from '../../../../shared/model/index.ts'
import { constants as c, MIGRATION_PARAMS, type TypedParam, toTypedParams } from '../../../libvirt/index.ts'
import type { MoveOrder } from '../../provider.ts'
import { noTunnel } from './migration-problems.ts'
import type { TargetDefinitions } from './target-definitions.ts'

const MIB = 1_048_576

/** What both ends are told with every word of a move. */
export interface MoveWords {
  readonly flags: number
  readonly params: readonly TypedParam[]
}

/** Of these the target hears nothing: they say how the source sends. */
export const SOURCE_ONLY_FLAGS = c.VIR_MIGRATE_ABORT_ON_ERROR | c.VIR_MIGRATE_AUTO_CONVERGE

/** A wish in libvirt's flags and parameters. The target finds the machine by its name. Throws `unsupported` migration.no-tunnel. */
export function moveWords(order: MoveOrder, definitions: TargetDefinitions): MoveWords {
  refuseTunnel(order)
  const { spec, copies, targetAddress } = order
  const { name, running, kept } = definitions
  const { rename, bandwidthBytesPerS, parallel, compress, mode, control, tunnelled } = spec
  const isCold = mode === 'cold'
  const values = {
    destination_xml: running,
    persistent_xml: kept ?? undefined,
    destination_name: rename ?? name,
    migrate_disks: copies.length > 0 ? copies : undefined,
    ...(!isCold && !tunnelled && { migrate_uri: migrateUri(targetAddress) }),
    ...(!isCold && bandwidthBytesPerS !== null && { bandwidth: mibOf(bandwidthBytesPerS) }),
    // left alone it knows no limit once it has switched over
    ...(spec.postCopy && bandwidthBytesPerS !== null && { 'bandwidth.postcopy': mibOf(bandwidthBytesPerS) }),
    ...(!isCold && parallel > 1 && { 'parallel.connections': parallel }),
    ...(!isCold && compress && { compression: 'xbzrle' }),
  }
  const peer = control === 'peer' ? c.VIR_MIGRATE_PEER2PEER | (tunnelled ? c.VIR_MIGRATE_TUNNELLED : 0) : 0
  return { flags: flagsOf(spec, copies.length > 0, definitions) | peer, params: toTypedParams(values, MIGRATION_PARAMS) }
}

/** Only memory goes through it, of a machine that runs, and in one direction. libvirt 9.0 says "argument key 'host' must not have null value". */
function refuseTunnel({ spec: { tunnelled, control, mode, postCopy }, copies }: MoveOrder): void {
  if (tunnelled && (control !== 'peer' || mode === 'cold' || postCopy || copies.length > 0)) throw noTunnel()
}

function flagsOf(spec: MigrationSpec, copiesDisks: boolean, { isPersistent, isPaused }: TargetDefinitions): number {
  // who made a transient machine does not want a definition of it to stay anywhere
  const lasting = isPersistent ? c.VIR_MIGRATE_PERSIST_DEST | c.VIR_MIGRATE_UNDEFINE_SOURCE : 0
  if (spec.mode === 'cold') return lasting | c.VIR_MIGRATE_OFFLINE
  const wished: ReadonlyArray<readonly [boolean, number]> = [
    [spec.mode === 'live', c.VIR_MIGRATE_LIVE],
    [isPaused, c.VIR_MIGRATE_PAUSED],
    [copiesDisks, c.VIR_MIGRATE_NON_SHARED_DISK],
    [spec.postCopy && !isPaused, c.VIR_MIGRATE_POSTCOPY],
    [spec.autoConverge, c.VIR_MIGRATE_AUTO_CONVERGE],
    [spec.compress, c.VIR_MIGRATE_COMPRESSED],
    [spec.parallel > 1, c.VIR_MIGRATE_PARALLEL],
  ]
  // the pre-flight has looked at caches and shared disks, and knows more of them than the daemon, which has names of file systems to go by
  const always = c.VIR_MIGRATE_ABORT_ON_ERROR | c.VIR_MIGRATE_UNSAFE | lasting
  return wished.reduce((flags, [isWished, flag]) => (isWished ? flags | flag : flags), always)
}

/** The same words with one said otherwise. */
export function replaced(params: readonly TypedParam[], field: keyof typeof MIGRATION_PARAMS, value: string): readonly TypedParam[] {
  return [...params.filter((param) => param.field !== field), ...toTypedParams({ [field]: value }, MIGRATION_PARAMS)]
}

/** libvirt counts in whole MiB a second: never more than was asked for, but for the least there is, as nothing would mean no limit. */
export function mibOf(bytesPerS: number): bigint {
  return BigInt(Math.max(1, Math.floor(bytesPerS / MIB)))
}

/** Where the target listens, at a port of its own choice. */
export function migrateUri(address: string): string {
  return `tcp://${address.includes(':') ? `[${address}]` : address}`
}
