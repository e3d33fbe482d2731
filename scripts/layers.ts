import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import { parseSync } from 'vite'

/** One import of a file, static, dynamic or re-exported; types count as well. */
export interface ImportSite {
  readonly file: string
  readonly line: number
  readonly specifier: string
  /** Path in the repository, or undefined for a package or a part of Node. */
  readonly target: string | undefined
  /** `node:fs`, `electron`, `@orpc/client` …; undefined for our own files. */
  readonly packageName: string | undefined
}

export interface Violation {
  readonly rule: string
  readonly file: string
  readonly line: number
  readonly message: string
}

interface LayerRule {
  readonly id: string
  readonly says: string
  /** Files the rule is about. */
  readonly from: RegExp
  readonly except?: RegExp
  /** Whether this import breaks it. */
  readonly broken: (site: ImportSite) => boolean
}

/** The providers of clouds, which share a room. */
const CLOUD_PROVIDERS: ReadonlySet<string> = new Set(['aws', 'azure', 'gcp'].map((id) => `electron/providers/${id}`))
/** Those that log in by SSH share another. */
const SSH_PROVIDERS: ReadonlySet<string> = new Set(['libvirt', 'cloud'].map((id) => `electron/providers/${id}`))
/** Hypervisors share the rules of snapshots and of hardware. */
const HYPERVISORS: ReadonlySet<string> = new Set(['libvirt', 'simulated'].map((id) => `electron/providers/${id}`))
/** Code that only tests may import. */
const TEST_CODE = /\.test\.tsx?$|\/testing\/|\/conformance\/|^e2e\//
/** The two ways into the libvirt library: the client, and the transports it is given. */
const LIBVIRT_INDEX = /^electron\/libvirt\/(transport\/)?index\.ts$/
const builtins = new Set(builtinModules)

/** Whether an import stays inside what is allowed: our own files by pattern, packages by name (a trailing * is a prefix). */
function outside(own: RegExp, packages: readonly string[] | 'any'): (site: ImportSite) => boolean {
  return ({ target, packageName }) => {
    if (target !== undefined) return !own.test(target)
    if (packages === 'any' || packageName === undefined) return false
    return !packages.some((name) => (name.endsWith('*') ? packageName.startsWith(name.slice(0, -1)) : packageName === name))
  }
}

function uses(...names: readonly string[]): (site: ImportSite) => boolean {
  const unwanted = outside(/^/, names)
  return (site) => site.packageName !== undefined && !unwanted(site)
}

/** The engine's forbidden company: SQL drivers, web servers, ssh, the desktop shell. */
const ENGINE_FORBIDDEN = [
  'electron',
  'fastify',
  '@fastify/*',
  'ws',
  'ssh2',
  'better-sqlite3',
  'kysely',
  'pg',
  'commander',
  '@orpc/*',
  '@napi-rs/*',
  'react*',
]

/** The layers, most specific first; the numbers are those of docs/ARCHITECTURE.md. */
export const LAYER_RULES: readonly LayerRule[] = [
  {
    id: 'R1',
    says: 'production code never imports tests, fakes, conformance suites or e2e/',
    from: /^(electron|renderer|shared)\//,
    broken: ({ target }) => target !== undefined && TEST_CODE.test(target),
  },
  {
    id: 'R2',
    says: 'shared/ imports shared/, zod and the contract library only',
    from: /^shared\//,
    broken: outside(/^shared\//, ['zod', '@orpc/contract']),
  },
  {
    id: 'R3',
    says: 'renderer/ imports renderer/, shared/ and the locales only, and nothing of Node',
    from: /^renderer\//,
    broken: (site) => outside(/^(renderer|shared)\/|^resources\/(locales|icons)\//, 'any')(site) || uses('node:*', 'electron')(site),
  },
  {
    id: 'R4',
    says: 'electron is imported in electron/main/ and electron/preload/ only',
    from: /^(electron|renderer|shared)\//,
    except: /^electron\/(main|preload)\//,
    broken: uses('electron', 'electron/*'),
  },
  {
    id: 'R5',
    says: 'engine/ imports engine/, shared/, xml/, providers/provider.ts, store/store.ts and catalogues; no SQL driver, web server or ssh library',
    from: /^electron\/engine\//,
    broken: (site) =>
      outside(
        /^(electron\/engine|shared)\/|^electron\/(providers\/provider|store\/store|xml\/index)\.ts$|^resources\/[^/]+\.json$/,
        'any',
      )(site) || uses(...ENGINE_FORBIDDEN)(site),
  },
  {
    id: 'R5b',
    // ws: the contract library's socket adapter is given one.
    says: 'api/ imports engine/, shared/ and the contract library only',
    from: /^electron\/api\//,
    broken: outside(/^(electron\/(api|engine)|shared)\/|^electron\/(providers\/provider|store\/store)\.ts$/, [
      '@orpc/*',
      'ws',
      'zod',
      'node:*',
    ]),
  },
  {
    id: 'R5b',
    says: 'host/ imports what lies below it: no face, no command line, no page',
    from: /^electron\/host\//,
    broken: outside(/^electron\/(host|api|engine|providers|store|secrets|libvirt)\/|^shared\/|^package\.json$/, 'any'),
  },
  {
    id: 'R5b',
    says: 'the desktop reaches the engine through host/ and api/ only, and knows no other face',
    from: /^electron\/main\//,
    broken: outside(/^(electron\/(main|host|api)|shared|resources\/locales)\//, 'any'),
  },
  {
    id: 'R5b',
    says: 'preload/ imports shared/ only: it runs in the sandbox of the page',
    from: /^electron\/preload\//,
    broken: outside(/^(electron\/preload|shared)\//, ['electron']),
  },
  {
    id: 'R5b',
    says: 'the headless face reaches the engine through host/ and api/ only, and knows no other face',
    from: /^electron\/coordinator\//,
    broken: outside(/^(electron\/(coordinator|host|api)|shared)\//, 'any'),
  },
  {
    id: 'R5b',
    says: 'the command line reaches the engine over the contract client only, found through the control socket',
    from: /^electron\/cli\//,
    broken: outside(/^(electron\/cli|shared)\/|^electron\/(api\/client|host\/control|host\/data-directory)\.ts$|^package\.json$/, 'any'),
  },
  {
    id: 'R6',
    says: 'a provider imports provider.ts, shared/, xml/ and its own SDK, those of clouds cloud/, libvirt/ and cloud/ ssh/, ssh/ the transports, libvirt/ and simulated/ snapshots/ and hardware/: no other provider, no engine, no store',
    from: /^electron\/providers\/[^/]+\//,
    broken: (site) => {
      if (site.target === undefined) return uses('electron', 'fastify', 'better-sqlite3', 'kysely', 'ws')(site)
      const own = posix.join('electron/providers', site.file.split('/')[2] ?? '')
      const sdk =
        (own === 'electron/providers/libvirt' && LIBVIRT_INDEX.test(site.target)) ||
        (own === 'electron/providers/ssh' && site.target === 'electron/libvirt/transport/index.ts')
      const common =
        (CLOUD_PROVIDERS.has(own) && site.target === 'electron/providers/cloud/index.ts') ||
        (SSH_PROVIDERS.has(own) && site.target === 'electron/providers/ssh/index.ts') ||
        (HYPERVISORS.has(own) && /^electron\/providers\/(snapshots|hardware)\/index\.ts$/.test(site.target))
      return !(
        sdk ||
        common ||
        site.target === 'electron/providers/provider.ts' ||
        site.target === 'electron/xml/index.ts' ||
        site.target.startsWith('shared/') ||
        site.target.startsWith(`${own}/`)
      )
    },
  },
  {
    id: 'R6',
    says: 'the provider interface imports shared/ only',
    from: /^electron\/providers\/(provider\.ts$|interface\/)/,
    broken: outside(/^shared\/|^electron\/providers\/interface\//, ['zod']),
  },
  {
    id: 'R7',
    says: 'xml/ is a leaf',
    from: /^electron\/xml\//,
    broken: outside(/^electron\/xml\//, ['fast-xml-parser']),
  },
  {
    id: 'R7',
    says: 'libvirt/ is a library of its own: it imports nothing from the rest',
    from: /^electron\/libvirt\//,
    broken: outside(/^electron\/libvirt\//, ['ssh2', 'fast-xml-parser', 'node:*']),
  },
  {
    id: 'R7',
    says: 'libvirt/wire/ is a leaf',
    from: /^electron\/libvirt\/wire\//,
    broken: outside(/^electron\/libvirt\/wire\//, ['node:*']),
  },
  {
    id: 'R7',
    says: 'the ssh library appears in the SSH transport only',
    from: /^(electron|shared|renderer)\//,
    except: /^electron\/libvirt\/transport\/ssh\//,
    broken: uses('ssh2'),
  },
  {
    id: 'R7',
    says: 'libvirt/ is reached through its index.ts and the one of its transports',
    from: /^(electron|shared|renderer)\//,
    except: /^electron\/libvirt\//,
    broken: ({ target }) => target?.startsWith('electron/libvirt/') === true && !LIBVIRT_INDEX.test(target),
  },
  {
    id: 'R8',
    says: 'concrete stores, secret stores and the provider registry are named in electron/host/compose.ts only',
    from: /^(electron|shared|renderer)\//,
    except: /^electron\/(host\/compose\.ts$|store\/|secrets\/|providers\/)/,
    broken: ({ target }) =>
      target !== undefined &&
      (/^electron\/(store|secrets)\//.test(target) || target.startsWith('electron/providers/')) &&
      !/^electron\/(store\/store|providers\/provider)\.ts$/.test(target),
  },
  {
    id: 'R8',
    says: 'a store or secret store imports the interface it serves and shared/ only',
    from: /^electron\/(store|secrets)\//,
    broken: outside(/^electron\/(store|secrets)\/|^shared\/|^electron\/(engine\/(ports|secret-store)|providers\/provider)\.ts$/, 'any'),
  },
  {
    id: 'R9',
    says: 'a feature is reached through its index.ts',
    from: /^renderer\//,
    broken: ({ file, target }) => {
      const feature = /^renderer\/features\/([^/]+)\/(.*)$/.exec(target ?? '')
      if (feature === null || file.startsWith(`renderer/features/${feature[1]}/`)) return false
      return !/^index\.tsx?$/.test(feature[2] ?? '')
    },
  },
  {
    id: 'R9',
    says: 'renderer/ui knows no data: no features, no app, no queries, no contract',
    from: /^renderer\/ui\//,
    broken: (site) =>
      outside(/^renderer\/(ui|lib)\/|^shared\/(model|errors)\//, 'any')(site) ||
      site.target?.startsWith('renderer/lib/api') === true ||
      uses('@tanstack/react-query', '@orpc/*', 'zustand')(site),
  },
]

/**
 * The imports of one file.
 * @param file its path in the repository, with forward slashes
 * @throws Error when the file cannot be parsed
 */
export function importsOf(file: string, source: string): ImportSite[] {
  const { module, errors } = parseSync(file, source)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`)
  const found: { specifier: string; at: number }[] = []
  for (const { moduleRequest, start } of module.staticImports) found.push({ specifier: moduleRequest.value, at: start })
  for (const { entries, start } of module.staticExports) {
    for (const { moduleRequest } of entries) if (moduleRequest) found.push({ specifier: moduleRequest.value, at: start })
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const text = source.slice(moduleRequest.start, moduleRequest.end)
    if (/^['"`][^$]*['"`]$/.test(text)) found.push({ specifier: text.slice(1, -1), at: moduleRequest.start })
  }
  return found.map(({ specifier, at }) => siteOf(file, specifier, source.slice(0, at).split('\n').length))
}

function siteOf(file: string, specifier: string, line: number): ImportSite {
  const clean = specifier.replace(/\?.*$/, '')
  if (clean.startsWith('.')) return { file, line, specifier, target: posix.join(posix.dirname(file), clean), packageName: undefined }
  if (clean.startsWith('node:') || builtins.has(clean))
    return { file, line, specifier, target: undefined, packageName: `node:${clean.replace(/^node:/, '')}` }
  const parts = clean.split('/')
  const packageName = clean.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? clean)
  return { file, line, specifier, target: undefined, packageName }
}

/** What breaks the layers. Tests are free to import what they check. */
export function layerViolations(sites: readonly ImportSite[]): Violation[] {
  const violations: Violation[] = []
  for (const site of sites) {
    if (TEST_CODE.test(site.file)) continue
    for (const rule of LAYER_RULES) {
      if (!rule.from.test(site.file) || rule.except?.test(site.file) || !rule.broken(site)) continue
      violations.push({ rule: rule.id, file: site.file, line: site.line, message: `imports ${site.specifier}: ${rule.says}` })
    }
  }
  return violations
}

/** Import cycles among our own files, type imports included: each as the files on it, the smallest name first, once. */
export function importCycles(sites: readonly ImportSite[]): string[][] {
  const graph = new Map<string, Set<string>>()
  for (const { file, target } of sites) {
    if (target === undefined) continue
    const targets = graph.get(file) ?? new Set()
    graph.set(file, targets.add(target))
  }
  const cycles = new Map<string, string[]>()
  const state = new Map<string, 'open' | 'closed'>()
  const path: string[] = []
  const visit = (file: string): void => {
    state.set(file, 'open')
    path.push(file)
    for (const target of graph.get(file) ?? []) {
      if (state.get(target) === 'open') {
        const cycle = path.slice(path.indexOf(target))
        cycles.set([...cycle].sort().join(' '), cycle)
      } else if (!state.has(target)) visit(target)
    }
    path.pop()
    state.set(file, 'closed')
  }
  for (const file of graph.keys()) if (!state.has(file)) visit(file)
  return [...cycles.values()]
}
