import { Button } from '@patternfly/react-core'
import { RhUiWarningFillIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-warning-fill-icon'
import type { ReactNode } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { useLive } from '../../lib/live/index.ts'
import { Reason } from '../../ui/index.ts'
import {
  type ActionPlan,
  CostingNames,
  costsNote,
  keepCosting,
  type OfferId,
  offerOf,
  refusalLines,
  requestAction,
  withoutDots,
} from '../machine-actions/index.ts'

export interface NoteProps {
  readonly offer: OfferId
  readonly plan: ActionPlan | undefined
  readonly chosen: readonly string[]
}

/**
 * "Shut down: 2 of 3. One is off already." The rest of the reasons open in a pop-over. What would go on costing money comes first, with
 * what would end that.
 */
export function Note({ offer, plan, chosen }: NoteProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const live = useLive()
  if (!plan) return null
  const total = plan.fits.length + plan.refused.length
  const lines = refusalLines(plan.refused, i18n)
  const costing = keepCosting(offerOf(offer), plan.fits)
  const verb = withoutDots(t(offerOf(offer).label))
  const better: OfferId = offer === 'powerOff' ? 'deallocate' : 'shutdownDeallocate'
  if (costing.length > 0) {
    return (
      <span className="bulk-note costs">
        <RhUiWarningFillIcon />
        <span className="ellipsis">
          {verb}: <b>{costsNote(costing, plan.fits.length, live, i18n)}</b>
        </span>
        <Button variant="link" size="sm" isInline onClick={() => requestAction(better, chosen)}>
          {t('costs.deallocate-instead', { count: costing.length })}
        </Button>
        <Which word={t('costs.which')}>
          <CostingNames machines={costing} />
          {lines.length > 0 && <Lines lines={lines} />}
        </Which>
      </span>
    )
  }
  return (
    <span className="bulk-note">
      <span>
        {verb}: <b>{t('bulk.fits', { fits: format.number(plan.fits.length), total: format.number(total) })}</b>
      </span>
      {lines.length > 0 && <span className="ellipsis">{lines[0]}</span>}
      {lines.length > 1 && (
        <Which word={t('bulk.why')}>
          <Lines lines={lines} />
        </Which>
      )}
    </span>
  )
}

function Lines({ lines }: { readonly lines: readonly string[] }) {
  return (
    <ul>
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  )
}

/** A word that opens what it asks for. */
function Which({ word, children }: { readonly word: string; readonly children: ReactNode }) {
  return (
    <Reason content={children}>
      {(describedBy) => (
        <button type="button" className="bulk-why" aria-describedby={describedBy}>
          {word}
        </button>
      )}
    </Reason>
  )
}
