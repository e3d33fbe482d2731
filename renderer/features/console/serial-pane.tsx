import { useI18n } from '../../lib/i18n/index.ts'
import type { PaneProps } from './pane.ts'
import { TerminalPane } from './terminal-pane.tsx'
import { useConsoleSession } from './use-console-session.ts'

/** A serial port of the machine, with its bar. Of a machine of a cloud it is what the cloud kept of its output. */
export function SerialPane(pane: PaneProps) {
  const { t } = useI18n()
  const { machine, target, allowed } = pane
  const isReadOnly = machine.cloud !== null
  const [session, snapshot] = useConsoleSession({ machineId: machine.id, kind: 'serial', index: target.index }, allowed)
  return (
    <TerminalPane
      pane={pane}
      name={isReadOnly ? t('console.which.output') : t('console.which.serial', { number: target.index + 1 })}
      session={session}
      snapshot={snapshot}
      own={false}
      readOnly={isReadOnly}
      gapText={(time) => t('console.gap', { time })}
    />
  )
}
