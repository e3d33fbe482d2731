import type { z } from 'zod'
import type { I18n } from '../../../lib/i18n/index.ts'
import { valueAt } from './at-path.ts'

/** What is wrong with a field, in words. */
export interface FieldIssue {
  readonly path: string
  readonly text: string
}

/** Fields whose schema is a choice of several: the library cannot say in which way they are wrong. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/network\.address$/, 'not-a-cidr'],
  [/(network\.gateway|network\.dns\.\d+)$/, 'not-an-address'],
  [/user\.password$/, 'too-long'],
]

function codeOf(issue: z.core.$ZodIssue, path: string, value: unknown): string {
  if (value === '' || value === undefined || value === null) return 'missing'
  if (issue.code === 'custom' || issue.code === 'invalid_format') {
    if (/^[a-z]+(-[a-z]+)+$/.test(issue.message)) return issue.message
  }
  for (const [pattern, code] of SHAPES) if (pattern.test(path)) return code
  if (issue.code === 'too_small' && issue.origin !== 'string') return issue.origin === 'array' ? 'missing' : 'too-small'
  if (issue.code === 'too_big') return issue.origin === 'string' || issue.origin === 'array' ? 'too-long' : 'too-big'
  if (issue.code === 'invalid_type') return issue.expected === 'int' ? 'not-a-whole-number' : 'not-a-number'
  return 'not-right'
}

/** Sizes are kept in bytes and shown in GiB. */
const IN_GIB = /sizeBytes$|diskSizes\./

function limitOf(issue: z.core.$ZodIssue, path: string, i18n: I18n): string {
  const limit = issue.code === 'too_small' ? issue.minimum : issue.code === 'too_big' ? issue.maximum : 0
  return IN_GIB.test(path) ? i18n.format.bytes(Number(limit)) : i18n.format.number(Number(limit))
}

/** The first thing wrong with each field, by its path in the request. */
export function issuesOf(issues: readonly z.core.$ZodIssue[], draft: unknown, i18n: I18n): ReadonlyMap<string, string> {
  const out = new Map<string, string>()
  for (const issue of issues) {
    const path = issue.path.map(String).join('.')
    if (out.has(path)) continue
    const code = codeOf(issue, path, valueAt(draft, path))
    const words = i18n.wording(`build.issue.${code}`, { limit: limitOf(issue, path, i18n) })
    out.set(path, words ?? i18n.t('build.issue.not-right'))
  }
  return out
}
