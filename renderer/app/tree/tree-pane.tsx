import { useT } from '../../lib/i18n/index.ts'
import { Fresh } from '../../ui/index.ts'

export function TreePane() {
  const t = useT()
  return (
    <aside className="side" aria-label={t('tree.title')}>
      <div className="tree" />
      <div className="side-foot" aria-hidden>
        <span>
          <Fresh shape="live" /> {t('fresh.live')}
        </span>
        <span>
          <Fresh shape="partly" /> {t('fresh.partly')}
        </span>
        <span>
          <Fresh shape="lost" /> {t('fresh.lost')}
        </span>
      </div>
    </aside>
  )
}
