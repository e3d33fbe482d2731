import { readdir, readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { nodeErrorCode } from '../transport-error.ts'
import { matchPattern } from './host-pattern.ts'

/** The syntax of ssh_config(5), read as OpenSSH reads it. What the lines mean is ssh-config.ts's business. */

/** One line, or the files that an Include brings in. */
export interface ConfigLine {
  /** Lower case. */
  readonly keyword: string
  readonly args: readonly string[]
  readonly file: string
  /** 1-based. */
  readonly line: number
  /** For `include`: the contents of each file, in order. */
  readonly included?: readonly (readonly ConfigLine[])[]
}

/** Something in the configuration that was not understood. */
export interface ConfigProblem {
  readonly file: string
  readonly line: number
  readonly reason: 'syntax' | 'match-unsupported' | 'include-too-deep' | 'unreadable' | 'bad-value'
  readonly text: string
}

export interface ParsedConfig {
  readonly lines: readonly ConfigLine[]
  readonly problems: readonly ConfigProblem[]
}

const MAX_INCLUDE_DEPTH = 16

/** Keywords whose value is the rest of the line. */
const RAW_VALUES = new Set(['proxycommand', 'localcommand', 'remotecommand', 'knownhostscommand'])

/** Splits a value into words: double and single quotes, backslashes, `#` starts a comment. Undefined if a quote is left open. */
export function splitArguments(text: string): string[] | undefined {
  const words: string[] = []
  let at = 0
  while (at < text.length) {
    const char = text[at]
    if (char === ' ' || char === '\t') at += 1
    else if (char === '#') break
    else {
      const word = readWord(text, at)
      if (word === undefined) return undefined
      words.push(word.text)
      at = word.end
    }
  }
  return words
}

function readWord(text: string, start: number): { text: string; end: number } | undefined {
  let word = ''
  let quote = ''
  let at = start
  for (; at < text.length; at += 1) {
    const char = text[at] ?? ''
    const next = text[at + 1] ?? ''
    if (char === '\\' && (next === "'" || next === '"' || next === '\\' || (quote === '' && next === ' '))) {
      word += next
      at += 1
    } else if (quote === '' && (char === ' ' || char === '\t')) break
    else if (quote === '' && (char === '"' || char === "'")) quote = char
    else if (quote !== '' && char === quote) quote = ''
    else word += char
  }
  return quote === '' ? { text: word, end: at } : undefined
}

/** Splits a line into keyword and words. Undefined for an empty line or a comment, `syntax` for one that makes no sense. */
export function parseConfigLine(raw: string): { keyword: string; args: string[] } | 'syntax' | undefined {
  const text = raw.replace(/[ \t\r\n\f]+$/, '').replace(/^[ \t]+/, '')
  if (text === '' || text.startsWith('#')) return undefined
  const parts = /^([^\s=]+)(?:[ \t]*=[ \t]*|[ \t]+|$)(.*)$/s.exec(text)
  if (parts === null) return 'syntax'
  const [, name = '', value = ''] = parts
  const keyword = name.replace(/^"(.*)"$/, '$1').toLowerCase()
  const args = RAW_VALUES.has(keyword) ? [value] : splitArguments(value)
  return args === undefined ? 'syntax' : { keyword, args }
}

export interface ConfigFileSystem {
  /** Undefined if there is no such file. */
  read(path: string): Promise<string | undefined>
  list(folder: string): Promise<string[]>
}

export const nodeConfigFiles: ConfigFileSystem = {
  read: async (path) => {
    try {
      return await readFile(path, 'utf8')
    } catch (error) {
      if (nodeErrorCode(error) === 'ENOENT' || nodeErrorCode(error) === 'ENOTDIR') return undefined
      throw error
    }
  },
  list: (folder) => readdir(folder).catch(() => []),
}

/** Reads a configuration file with all it includes. Relative includes are looked up in `includeFolder`. */
export async function loadConfigFile(
  path: string,
  includeFolder: string,
  home: string,
  files: ConfigFileSystem = nodeConfigFiles,
): Promise<ParsedConfig> {
  const problems: ConfigProblem[] = []
  const lines = await loadInto(path, 0, { includeFolder, home, files, problems })
  return { lines, problems }
}

interface Loading {
  readonly includeFolder: string
  readonly home: string
  readonly files: ConfigFileSystem
  readonly problems: ConfigProblem[]
}

async function loadInto(path: string, depth: number, loading: Loading): Promise<ConfigLine[]> {
  const { files, problems } = loading
  let text: string | undefined
  try {
    text = await files.read(path)
  } catch (error) {
    problems.push({ file: path, line: 0, reason: 'unreadable', text: nodeErrorCode(error) ?? String(error) })
  }
  const lines: ConfigLine[] = []
  for (const [index, raw] of (text ?? '').split('\n').entries()) {
    const at = { file: path, line: index + 1 }
    const parsed = parseConfigLine(raw)
    if (parsed === undefined) continue
    if (parsed === 'syntax') problems.push({ ...at, reason: 'syntax', text: raw.trim() })
    else if (parsed.keyword !== 'include') lines.push({ ...parsed, ...at })
    else if (depth >= MAX_INCLUDE_DEPTH) problems.push({ ...at, reason: 'include-too-deep', text: raw.trim() })
    else lines.push({ ...parsed, ...at, included: await loadIncludes(parsed.args, depth, loading) })
  }
  return lines
}

async function loadIncludes(patterns: readonly string[], depth: number, loading: Loading): Promise<ConfigLine[][]> {
  const included: ConfigLine[][] = []
  for (const pattern of patterns) {
    const path = pattern.startsWith('~/') ? join(loading.home, pattern.slice(2)) : pattern
    const absolute = isAbsolute(path) ? path : join(loading.includeFolder, path)
    for (const file of await expandGlob(absolute, loading.files)) included.push(await loadInto(file, depth + 1, loading))
  }
  return included
}

/** The files that a path with `*` and `?` names, sorted. A wildcard matches no leading dot, as in glob(7). */
async function expandGlob(pattern: string, files: ConfigFileSystem): Promise<string[]> {
  if (!/[*?]/.test(pattern)) return [pattern]
  const folder = dirname(pattern)
  const last = pattern.slice(folder.length).replace(/^[/\\]+/, '')
  const folders = await expandGlob(folder, files)
  const found: string[] = []
  for (const one of folders) {
    if (!/[*?]/.test(last)) {
      found.push(join(one, last))
      continue
    }
    const names = await files.list(one)
    found.push(
      ...names.filter((name) => (!name.startsWith('.') || last.startsWith('.')) && matchPattern(name, last)).map((name) => join(one, name)),
    )
  }
  return found.sort()
}
