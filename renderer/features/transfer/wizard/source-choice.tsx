import {
  type Machine,
  TRANSFER_SOURCES,
  type TransferPlan,
  type TransferSource,
  type TransferWayPlan,
} from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'

export interface SourceChoiceProps {
  readonly machine: Machine
  readonly plan: TransferPlan
  readonly way: TransferWayPlan
  readonly value: TransferSource
  readonly onChange: (source: TransferSource) => void
}

/** What becomes of the machine where it is now, once it is verified over there. Of a deletion what goes is named. */
export function SourceChoice({ machine, plan, way, value, onChange }: SourceChoiceProps) {
  const i18n = useI18n()
  const { t } = i18n
  const words = { name: machine.name, source: plan.source.name, target: plan.target.name }
  const gone = deletedIn(way)
  return (
    <fieldset className="field">
      <legend className="visually-hidden">{t('transfer.source')}</legend>
      <span className="field-label">{t('transfer.source')}</span>
      <div>
        {TRANSFER_SOURCES.map((one) => (
          <label key={one} className="check-line">
            <input type="radio" name="source" className="check-input" checked={value === one} onChange={() => onChange(one)} />
            <span>
              {t(`transfer.source.${one}`)}
              <span className="form-note block">
                {t(
                  one === 'delete' && way.way === 'image-import' ? 'transfer.source.delete-text-cloud' : `transfer.source.${one}-text`,
                  words,
                )}
              </span>
              {one === 'delete' && value === 'delete' && gone.length > 0 && (
                <ul className="transfer-gone">
                  {gone.map(({ id, what }) => (
                    <li key={id}>{i18n.reason(what)}</li>
                  ))}
                </ul>
              )}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

/** The steps of a plan that delete something at the source. */
export function deletedIn({ steps }: TransferWayPlan): TransferWayPlan['steps'] {
  return steps.filter(({ id }) => id.startsWith('clean-'))
}
