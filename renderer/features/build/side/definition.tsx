import './definition.css'
import { useMemo, useState } from 'react'
import type { BuildPreview } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { piecesOf } from '../../../lib/xml/pieces.ts'
import { Banner, CopyButton } from '../../../ui/index.ts'
import { type DiffLine, lineDiff } from '../model/line-diff.ts'

const AROUND = 3

/** Only the lines about a change: what is left out is a gap. */
function changesOf(lines: readonly DiffLine[]): readonly (DiffLine | null)[] {
  const near = lines.map((_line, index) =>
    lines.slice(Math.max(0, index - AROUND), index + AROUND + 1).some((line) => line.kind !== 'same'),
  )
  return lines.flatMap<DiffLine | null>((line, index) => (near[index] ? [line] : near[index - 1] === false ? [] : [null]))
}

const SIGNS = { same: ' ', added: '+', removed: '-' } as const

/** The definition of the first machine, with what differs from the host's own defaults (or from the original) marked. */
export function Definition({ preview, base }: { readonly preview: BuildPreview; readonly base: string }) {
  const i18n = useI18n()
  const { t } = i18n
  const [whole, setWhole] = useState(true)
  const lines = useMemo(() => lineDiff(preview.baseXml, preview.xml), [preview.baseXml, preview.xml])
  const changed = lines.filter((line) => line.kind !== 'same').length
  const shown = whole ? lines : changesOf(lines)
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
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long text has to be scrolled by keyboard, too */}
      <pre className="mono" tabIndex={0} role="region" aria-label={t('machine.view.xml')}>
        {shown.map((line, index) =>
          line === null ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: a gap has no other name than its place
            <span key={index} className="diff-gap">
              {'⋯\n'}
            </span>
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line has no other name than its number
            <span key={index} className={`diff-${line.kind}`}>
              <i className="diff-sign">{SIGNS[line.kind]} </i>
              {piecesOf(line.text).map((piece, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: parts of one immutable line
                <i key={place} className={piece.role}>
                  {piece.text}
                </i>
              ))}
              {'\n'}
            </span>
          ),
        )}
      </pre>
    </div>
  )
}
