import { useMemo, useState } from 'react'
import type { z } from 'zod'
import type { BuildFinding } from '../../../shared/model/index.ts'
import { type I18n, useI18n } from '../../lib/i18n/index.ts'
import type { FormContextValue } from './fields/form-context.ts'
import { findingText } from './finding-text.ts'
import { patternOf } from './model/at-path.ts'
import { issuesOf } from './model/issues.ts'
import { SECTIONS, sectionOf } from './sections/section.tsx'
import type { MissingField } from './side/findings.tsx'

export interface FormFields {
  readonly context: FormContextValue
  /** What is missing or not right, in the order of the form. */
  readonly missing: readonly MissingField[]
  /** What somebody has already been told about, for the marks of the steps. */
  readonly told: readonly string[]
  readonly visitAll: () => void
}

export interface FormFieldsInput {
  readonly draft: unknown
  readonly issues: readonly z.core.$ZodIssue[]
  readonly findings: readonly BuildFinding[]
  readonly set: (path: string, value: unknown) => void
  readonly locked: (path: string) => string | null
}

function isInside(path: string, around: string): boolean {
  return path === around || path.startsWith(`${around}.`)
}

/** Where in the form it stands. */
function placeOf(path: string): number {
  return SECTIONS.indexOf(sectionOf(path))
}

/** A field's name, with the disk or card that it belongs to. */
export function labelOf(path: string, i18n: I18n): string {
  const label = i18n.optional(`build.field.${patternOf(path)}`) ?? patternOf(path)
  const [, list, index] = /(disks|nics)\.(\d+)/.exec(path) ?? []
  if (list === undefined) return label
  return `${i18n.t(list === 'disks' ? 'build.disk-number' : 'build.nic-number', { number: Number(index) + 1 })}: ${label}`
}

/** What all fields share: values, what is wrong with them, and where somebody has been. */
export function useFormFields({ draft, issues, findings, set, locked }: FormFieldsInput): FormFields {
  const i18n = useI18n()
  const [visited, setVisited] = useState<ReadonlySet<string>>(new Set())
  const [all, setAll] = useState(false)
  const words = useMemo(() => issuesOf(issues, draft, i18n), [issues, draft, i18n])
  const blocking = findings.filter((finding) => finding.severity === 'blocks' && finding.field !== null)
  const isVisited = (path: string) => all || [...visited].some((one) => isInside(one, path) || isInside(path, one))

  function problem(path: string): string | null {
    for (const [at, text] of words) {
      // an entry of a list has no field of its own: `cloudInit.user.sshKeys.0`
      if ((at === path || (isInside(at, path) && /^\.\d+$/.test(at.slice(path.length)))) && isVisited(at)) return text
    }
    const found = words.size === 0 ? blocking.find((finding) => finding.field === path) : undefined
    return found ? findingText(found, i18n) : null
  }

  const told = [...[...words.keys()].filter(isVisited), ...(words.size === 0 ? blocking.flatMap((finding) => finding.field ?? []) : [])]
  return {
    context: {
      draft,
      set,
      problem,
      locked,
      visited: (path) => setVisited((before) => (before.has(path) ? before : new Set([...before, path]))),
    },
    missing: [...words].toSorted(([a], [b]) => placeOf(a) - placeOf(b)).map(([path, text]) => ({ path, label: labelOf(path, i18n), text })),
    told,
    visitAll: () => setAll(true),
  }
}
