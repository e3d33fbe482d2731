import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import type { AppError } from '../../../shared/errors/index.ts'
import { FINAL_TASK_STATES, type Machine, type Task } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { taskNote } from '../../lib/task/index.ts'
import { Bar, Problem } from '../../ui/index.ts'
import { type AskedPackage, clearExportRequest, forgetAsked } from './export-request.ts'

export interface ExportProgressProps {
  readonly machine: Machine
  readonly asked: AskedPackage
  readonly task: Task | undefined
  readonly error: AppError | null
  /** Null: there is nothing to be saved now. */
  readonly onSave: (() => void) | null
}

/** How a package that was asked for stands. */
export function ExportProgress({ machine, asked, task, error, onSave }: ExportProgressProps) {
  const i18n = useI18n()
  const { t } = i18n
  const isOver = task !== undefined && FINAL_TASK_STATES.has(task.state)
  const words = isOver
    ? task.state === 'succeeded'
      ? 'export.done'
      : 'export.ended'
    : !onSave
      ? asked.isOwn
        ? 'export.making'
        : 'export.making-elsewhere'
      : asked.isOwn
        ? 'export.saving'
        : 'export.waits'
  const title = t('export.title', { name: machine.name })
  return (
    <Modal isOpen variant="small" aria-label={title} onClose={clearExportRequest}>
      <ModalHeader title={title} />
      <ModalBody>
        <p className="dialog-text" role="status">
          {t(words)}
        </p>
        {task && !isOver && (
          <p className="progress-line">
            <Bar percent={task.progress.fraction * 100} tone="busy" width={160} label={t('export.progress')} />
            <span className="sub num">{taskNote(task, i18n)}</span>
          </p>
        )}
        {asked.leftOut.length > 0 && <p className="form-note">{t('export.disks-left-out', { disks: asked.leftOut.join(', ') })}</p>}
        {task?.error && <Problem error={task.error} />}
        {error && <Problem error={error} />}
      </ModalBody>
      <ModalFooter>
        {onSave && (
          <Button variant={asked.isOwn ? 'secondary' : 'primary'} onClick={onSave}>
            {t(asked.isOwn ? 'export.save' : 'export.save-first')}
          </Button>
        )}
        {isOver && task.state !== 'succeeded' && (
          <Button variant="secondary" onClick={() => forgetAsked(machine.id)}>
            {t('export.again')}
          </Button>
        )}
        <Button variant="secondary" onClick={clearExportRequest}>
          {t('action.close')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
