import type { MessageKey } from '../../lib/i18n/index.ts'
import { useT } from '../../lib/i18n/index.ts'
import { Kbd, Panel } from '../../ui/index.ts'

const KEYS: readonly (readonly [keys: readonly string[], meaning: MessageKey])[] = [
  [['Ctrl', 'K'], 'help.palette'],
  [['/'], 'help.query'],
  [['J', 'K'], 'help.move'],
  [['X'], 'help.select'],
  [['Shift', 'J'], 'help.extend'],
  [['Ctrl', 'A'], 'help.select-all'],
  [['Enter'], 'help.open'],
  [['Esc'], 'help.back'],
]

export function Shortcuts() {
  const t = useT()
  return (
    <Panel title={t('settings.shortcuts')}>
      <dl className="shortcuts">
        {KEYS.map(([keys, meaning]) => (
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
