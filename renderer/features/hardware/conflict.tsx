import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { Banner, DiffView } from '../../ui/index.ts'
import { type Base, baseOf, setAttempt, setDraft, useDrafts } from './drafts.ts'
import { useHardware } from './hardware-context.ts'

/** Somebody else was quicker: what they changed, and the way on from there with what was typed here. */
export function Conflict({ draftKey, base }: { readonly draftKey: string; readonly base: Base }) {
  const { t } = useI18n()
  const { machine, view } = useHardware()
  const [isOpen, setIsOpen] = useState(false)
  const pairs = [
    { label: t('hw.kept'), before: base.keptXml ?? '', after: view.keptXml ?? '' },
    { label: t('hw.running'), before: base.runningXml ?? '', after: view.runningXml ?? '' },
  ].filter(({ before, after }) => before !== after)
  return (
    <div className="hw-conflict">
      <Banner tone="warn">
        <b>{t('hw.conflict', { name: machine.name })}</b> {t('hw.conflict.text')}
      </Banner>
      <span className="hw-actions">
        <Button
          variant="secondary"
          size="sm"
          onClick={() => {
            const draft = useDrafts.getState().drafts[draftKey]
            if (draft) setDraft(draftKey, { ...draft, base: baseOf(view) })
            setAttempt(draftKey, null)
          }}
        >
          {t('hw.conflict.go-on')}
        </Button>
        <Button variant="link" size="sm" onClick={() => setDraft(draftKey, null)}>
          {t('hw.conflict.drop')}
        </Button>
        <button type="button" className="hw-toggle" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          {t(isOpen ? 'hw.changes.hide' : 'hw.conflict.show')}
        </button>
      </span>
      {isOpen &&
        pairs.map(({ label, before, after }) => (
          <div key={label} className="hw-changes">
            <h4>{label}</h4>
            <DiffView before={before} after={after} label={label} />
          </div>
        ))}
    </div>
  )
}
