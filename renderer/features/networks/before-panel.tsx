import type { Network, Task } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useTable } from '../../lib/live/index.ts'
import { ActionButton, Panel } from '../../ui/index.ts'
import { XmlView } from './xml-view.tsx'

export interface BeforePanelProps {
  readonly network: Network
  readonly blocked: string | undefined
  readonly onStart: (definition: string) => void
}

/** Of a network that a restart has left off: the definition that ran until then, to look at and to start with. Nothing otherwise. */
export function BeforePanel({ network, blocked, onStart }: BeforePanelProps) {
  const { t } = useI18n()
  const before = definitionBefore(network, useTable('task'))
  if (network.active || before === null) return null
  return (
    <Panel
      title={t('network.before')}
      side={
        <ActionButton variant="link" isInline disabledReason={blocked} onClick={() => onStart(before)}>
          {t('network.before-start')}
        </ActionButton>
      }
    >
      <p className="sub">{t('network.before-text')}</p>
      <XmlView label={t('network.xml-text')} text={before} />
    </Panel>
  )
}

/** From the newest task that started or stopped it, if that is a restart which did not succeed. */
function definitionBefore({ id }: Network, tasks: readonly Task[]): string | null {
  const [newest] = tasks
    .filter(({ target, kind }) => target?.id === id && TURNS.has(kind))
    .sort((a, b) => b.createdAtMs - a.createdAtMs || b.revision - a.revision)
  const before = newest?.params['before']
  const hasFailed = newest?.state === 'failed' || newest?.state === 'needs-attention'
  return newest?.kind === 'network.restart' && hasFailed && typeof before === 'string' ? before : null
}

const TURNS: ReadonlySet<string> = new Set(['network.start', 'network.stop', 'network.restart'])
