import { useState } from 'react'
import type { BuildFinding } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import type { FormContextValue } from '../fields/form-context.ts'
import { findingText } from '../finding-text.ts'
import { withValue } from '../model/at-path.ts'
import type { MissingField } from '../side/findings.tsx'
import { labelOf } from '../use-form-fields.ts'
import type { Issue } from './checks.ts'
import type { CloudDraft } from './draft.ts'

export interface CloudFieldsInput {
  readonly draft: CloudDraft
  readonly issues: readonly Issue[]
  readonly findings: readonly BuildFinding[]
  readonly locked: (path: string) => string | null
  readonly onChange: (to: (before: CloudDraft) => CloudDraft) => void
}

export interface CloudFields {
  readonly context: FormContextValue
  readonly missing: readonly MissingField[]
  /** What somebody has already been told about. */
  readonly told: readonly string[]
}

/** What the fields of the form share. Paths begin with `cloud.`, under which their words are kept. */
export function useCloudFields({ draft, issues, findings, locked, onChange }: CloudFieldsInput): CloudFields {
  const i18n = useI18n()
  const [visited, setVisited] = useState<ReadonlySet<string>>(new Set())
  const blocking = findings.filter(({ severity }) => severity === 'blocks')
  const seen = issues.filter(({ path }) => visited.has(path))
  return {
    context: {
      draft: { cloud: draft },
      set: (path, value) => onChange((before) => withValue({ cloud: before }, path, value).cloud),
      problem: (path) => {
        const issue = seen.find((one) => one.path === path)
        if (issue) return i18n.t(issue.text)
        const finding = blocking.find(({ field }) => field === path)
        return finding ? findingText(finding, i18n) : null
      },
      visited: (path) => setVisited((before) => (before.has(path) ? before : new Set([...before, path]))),
      locked,
    },
    missing: issues.map(({ path, text }) => ({ path, label: labelOf(path, i18n), text: i18n.t(text) })),
    told: [...seen.map(({ path }) => path), ...blocking.flatMap(({ field }) => field ?? [])],
  }
}
