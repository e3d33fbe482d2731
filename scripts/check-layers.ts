import { globSync, readFileSync } from 'node:fs'
import type { ImportSite } from './layers.ts'
import { importCycles, importsOf, layerViolations } from './layers.ts'

/** Reads every source file and prints what breaks the layers or closes an import cycle; exit code 1 if anything does. */
function main(): number {
  const sites: ImportSite[] = []
  const files = globSync('{shared,electron,renderer,e2e,scripts}/**/*.{ts,tsx,mts}')
  for (const file of files) sites.push(...importsOf(file.replaceAll('\\', '/'), readFileSync(file, 'utf8')))
  const violations = layerViolations(sites)
  for (const { rule, file, line, message } of violations) console.error(`${file}:${line} ${rule} ${message}`)
  const cycles = importCycles(sites)
  for (const cycle of cycles) console.error(`R1 import cycle: ${[...cycle, cycle[0]].join(' -> ')}`)
  if (violations.length + cycles.length > 0) return 1
  console.log(`layers: ${files.length} files, ${sites.length} imports, nothing out of place`)
  return 0
}

process.exitCode = main()
