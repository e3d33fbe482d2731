/**
 * Writes electron/libvirt/wire/generated/ from the facts next to it: `node electron/libvirt/wire/generate.ts`.
 *
 * Names follow one rule: PROCEDURE_NAME → procedureName (the qemu program's get the prefix `qemu`), remote_some_type → SomeType,
 * remote_nonnull_x → XRef (a reference to an object), optional types → `T | null`, field_name → fieldName.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { codecsSource, constantsSource, proceduresSource, typesSource } from './generate-sources.ts'
import { parseFacts, type RawConstants, type RawFacts } from './parse-facts.ts'

const here = dirname(fileURLToPath(import.meta.url))

function facts<T>(name: string): T {
  return JSON.parse(readFileSync(join(here, 'facts', `${name}.json`), 'utf8')) as T
}

/** The generated files by name, as they must be in the folder. */
export function generateAll(): ReadonlyMap<string, string> {
  const protocol = parseFacts(facts<RawFacts>('remote'), facts<RawFacts>('qemu'))
  return new Map([
    ['types.ts', typesSource(protocol)],
    ['codecs.ts', codecsSource(protocol)],
    ['procedures.ts', proceduresSource(protocol)],
    ['constants.ts', constantsSource(facts<RawConstants>('constants'))],
  ])
}

/** Where they are. */
export const GENERATED_DIR = join(here, 'generated')

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(GENERATED_DIR, { recursive: true })
  for (const [name, source] of generateAll()) writeFileSync(join(GENERATED_DIR, name), source)
}
