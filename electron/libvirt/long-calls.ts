import type { CallName, ProcedureName } from './wire/procedure-table.ts'

/**
 * Changes that are answered when their work is done, and whose work may take minutes or hours: memory or disks are copied, written over or
 * looked through. A start takes as long where the machine has a saved image, which its name does not tell.
 */
const LONG: ReadonlySet<ProcedureName> = new Set<CallName>([
  'domainSave',
  'domainSaveFlags',
  'domainSaveParams',
  'domainManagedSave',
  'domainRestore',
  'domainRestoreFlags',
  'domainRestoreParams',
  'domainCoreDump',
  'domainCoreDumpWithFormat',
  'domainMigratePerform',
  'domainMigratePerform3',
  'domainMigratePerform3Params',
  'domainMigrateFinish',
  'domainMigrateFinish2',
  'domainMigrateFinish3',
  'domainMigrateFinish3Params',
  'domainSnapshotCreateXml',
  'domainSnapshotDelete',
  'domainRevertToSnapshot',
  'domainFstrim',
  'storagePoolBuild',
  'storagePoolDelete',
  'storagePoolRefresh',
  'storageVolCreateXml',
  'storageVolCreateXmlFrom',
  'storageVolResize',
  'storageVolWipe',
  'storageVolWipePattern',
])

/** Streams that are open for as long as somebody looks, or that are over at once. */
const LIGHT_STREAMS: ReadonlySet<ProcedureName> = new Set<ProcedureName>(['domainOpenConsole', 'domainOpenChannel', 'domainScreenshot'])

export function isLong(name: CallName): boolean {
  return LONG.has(name)
}

/** Procedures whose streams carry data in bulk: all but those for a person at a screen. */
export function isBulk(name: ProcedureName): boolean {
  return !LIGHT_STREAMS.has(name)
}
