import { RhUiCheckIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-check-icon'
import { useState } from 'react'
import type { MigrationFinding } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { Chevron } from '../../../ui/index.ts'
import { findingWords } from './words.ts'

/** What was looked at and found right. */
export function PassedList({ findings }: { readonly findings: readonly MigrationFinding[] }) {
  const i18n = useI18n()
  const [isOpen, setOpen] = useState(true)
  if (findings.length === 0) return null
  return (
    <section className="migrate-passed">
      <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Chevron open={isOpen} />
        <b>{i18n.t('migrate.passed', { count: findings.length })}</b>
      </button>
      {isOpen && (
        <ul>
          {findings.map((finding) => {
            const { title, text } = findingWords(finding, i18n)
            return (
              <li key={finding.id} title={[text, finding.facts].filter(Boolean).join(' ') || undefined}>
                <span className="i-ok" aria-hidden>
                  <RhUiCheckIcon />
                </span>
                {title}
              </li>
            )
          })}
        </ul>
      )}
    </section>
  )
}
