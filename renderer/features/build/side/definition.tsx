import './definition.css'
import { useMemo, useState } from 'react'
import type { BuildPreview } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { lineDiff } from '../../../lib/xml/line-diff.ts'
import { Banner, CopyButton, DiffView } from '../../../ui/index.ts'

/** The definition of the first machine, with what differs from the host's own defaults (or from the original) marked. */
export function Definition({ preview, base }: { readonly preview: BuildPreview; readonly base: string }) {
  const i18n = useI18n()
  const { t } = i18n
  const [whole, setWhole] = useState(true)
  const changed = useMemo(
    () => lineDiff(preview.baseXml, preview.xml).filter((line) => line.kind !== 'same').length,
    [preview.baseXml, preview.xml],
  )
  return (
    <div className="build-definition">
      {preview.complaint && (
        <Banner tone="bad">
          <b>{t('build.complaint')}</b> {i18n.reason(preview.complaint)}
        </Banner>
      )}
      <div className="build-definition-bar">
        <span className="segmented" role="radiogroup" aria-label={t('build.definition.view')}>
          {[true, false].map((one) => (
            <button key={String(one)} type="button" role="radio" aria-checked={whole === one} onClick={() => setWhole(one)}>
              {t(one ? 'build.definition.whole' : 'build.definition.changes')}
            </button>
          ))}
        </span>
        <span className="sub num">{t('build.definition.differ', { count: changed, base })}</span>
        <span className="grow" />
        <CopyButton text={preview.xml} what={t('machine.view.xml')} />
      </div>
      <DiffView before={preview.baseXml} after={preview.xml} label={t('machine.view.xml')} whole={whole} />
    </div>
  )
}
