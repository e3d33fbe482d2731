import catalogue from '../../../resources/os-catalogue.json' with { type: 'json' }
import { type OsCatalogue, type OsEntry, osCatalogueSchema } from '../../../shared/model/index.ts'

let parsed: OsCatalogue | null = null

/** The operating systems that machines are built for, from `resources/os-catalogue.json`; parsed once, when it is first asked for. */
export function osCatalogue(): OsCatalogue {
  parsed ??= osCatalogueSchema.parse(catalogue)
  return parsed
}

/** One of them; undefined: the catalogue has none of that id. */
export function osById(id: string): OsEntry | undefined {
  return osCatalogue().systems.find((system) => system.id === id)
}
