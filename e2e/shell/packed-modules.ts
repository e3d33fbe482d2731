import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { importsOf } from '../../scripts/layers.ts'

/** Packages that built files import by name; `electron` is the program they run in. */
export function importedPackages(root: string, patterns: readonly string[]): Set<string> {
  const sites = globSync([...patterns], { cwd: root }).flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')))
  const names = sites.flatMap(({ packageName }) => packageName ?? [])
  return new Set(names.filter((name) => !name.startsWith('node:') && name !== 'electron'))
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Those packages and all that they depend on, as far as it is installed. */
export function withDependencies(root: string, packages: ReadonlySet<string>): Set<string> {
  const needed = new Set<string>()
  const visit = (name: string, from: string): void => {
    const folder = locate(root, name, from)
    if (folder === null || needed.has(folder)) return
    needed.add(folder)
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest
    const names = { ...manifest.dependencies, ...manifest.optionalDependencies }
    for (const one of Object.keys(names)) visit(one, folder)
  }
  for (const name of packages) visit(name, '')
  return new Set([...needed].map((folder) => folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)))
}

/** Where Node finds it: the nearest node_modules above. */
function locate(root: string, name: string, from: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder === '.' ? '' : folder, 'node_modules', name)
    if (globSync(join(candidate, 'package.json'), { cwd: root }).length > 0) return candidate
    if (folder === '' || folder === '.') return null
  }
}
