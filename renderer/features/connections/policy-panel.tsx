import { Button } from '@patternfly/react-core'
import { useId, useState } from 'react'
import type { CloudId, CloudPolicy } from '../../../shared/model/index.ts'
import { useApiQuery } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { CopyButton } from '../../ui/index.ts'
import type { Config } from './form-model.ts'

type PolicyId = CloudPolicy['id']
const POLICY_IDS: readonly PolicyId[] = ['read', 'operate']

export interface PolicyPanelProps {
  readonly providerId: CloudId
  readonly config: Config
}

/** The least an account must be allowed, to copy into the cloud's own console before there is any login. */
export function PolicyPanel({ providerId, config }: PolicyPanelProps) {
  const i18n = useI18n()
  const { t } = i18n
  const id = useId()
  const [open, setOpen] = useState(false)
  const [chosen, setChosen] = useState<PolicyId>('read')
  const input = { providerId, config }
  const policies = useApiQuery('clouds.policies', input, (api, signal) => api.clouds.policies(input, { signal }), { enabled: open })
  const policy = policies.data?.find((one) => one.id === chosen)
  return (
    <section className="policy">
      <Button variant="link" isInline aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
        {t(open ? 'policy.hide' : 'policy.show')}
      </Button>
      {open && (
        <div id={id} className="policy-body">
          <div className="policy-head">
            <div className="segmented" role="radiogroup" aria-label={t('policy.title')}>
              {POLICY_IDS.map((one) => (
                <button key={one} type="button" role="radio" aria-checked={chosen === one} onClick={() => setChosen(one)}>
                  {t(`policy.${one}`)}
                </button>
              ))}
            </div>
            <span className="grow" />
            {policy && <CopyButton text={policy.text} what={t('policy.title')} word={t('copy.do')} />}
          </div>
          <p className="form-note">{t(`policy.how.${providerId}`)}</p>
          {policies.error ? (
            <p className="bad-text">{i18n.error(policies.error)}</p>
          ) : (
            <textarea
              className="text-input mono policy-text"
              rows={12}
              readOnly
              aria-label={t('policy.title')}
              value={policy?.text ?? ''}
            />
          )}
        </div>
      )}
    </section>
  )
}
