import { useT } from '../../lib/i18n/index.ts'
import { SHORTCUTS } from '../../lib/keyboard/shortcuts.ts'
import { Kbd, Panel } from '../../ui/index.ts'

export function Shortcuts() {
  const t = useT()
  return (
    <Panel title={t('settings.shortcuts')}>
      <dl className="shortcuts">
        {SHORTCUTS.map(([keys, meaning]) => (
          <div key={meaning}>
            <dt>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{t(meaning)}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}
