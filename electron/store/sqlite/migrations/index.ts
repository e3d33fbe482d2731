import type { Migration } from 'kysely/migration'
import { up as up0001 } from './0001-inventory-and-history.ts'
import { up as up0002 } from './0002-views-and-settings.ts'
import { up as up0003 } from './0003-definitions.ts'
import { up as up0004 } from './0004-migrations.ts'
import { up as up0005 } from './0005-write-profiles.ts'

/** In order. A released one is never edited; each has a test that loads the schema before it with data. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-inventory-and-history': { up: up0001 },
  '0002-views-and-settings': { up: up0002 },
  '0003-definitions': { up: up0003 },
  '0004-migrations': { up: up0004 },
  '0005-write-profiles': { up: up0005 },
}
