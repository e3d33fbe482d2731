import { Button } from '@patternfly/react-core'
import { RhUiErrorFillIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-error-fill-icon'
import { RhUiRefreshIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-refresh-icon'
import { RhUiWarningFillIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-warning-fill-icon'
import { useState } from 'react'
import type { Machine } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useEntity } from '../../../lib/live/index.ts'
import { ActionButton, Problem } from '../../../ui/index.ts'
import { Findings, type FindingsProps } from './preflight-step.tsx'
import type { Looked } from './queries.ts'
import { StepHead } from './step-head.tsx'
import { countsOf, spanRange } from './words.ts'

export interface ManyTableProps extends Omit<FindingsProps, 'machine' | 'looked' | 'onSet' | 'onWhen'> {
  readonly machines: readonly Machine[]
  readonly looked: readonly Looked[]
  readonly targetName: string
  readonly onSet: (machine: Machine) => FindingsProps['onSet']
  readonly onWhen: (machine: Machine) => FindingsProps['onWhen']
  /** Without these from now on. */
  readonly onLeaveOut: (ids: readonly string[]) => void
}

/** Several machines: a row each, with what stands in its way and how long it takes. */
export function ManyTable(props: ManyTableProps) {
  const { machines, looked, targetName, onLeaveOut } = props
  const { t } = useI18n()
  const [open, setOpen] = useState<string | null>(null)
  const byId = new Map(looked.map((one) => [one.id as string, one]))
  const stuck = machines.filter(({ id }) => isStuck(byId.get(id)))
  const isChecking = looked.some(({ pending }) => pending)
  return (
    <>
      <StepHead title={t('migrate.step.preflight')} text={t('migrate.many.text', { count: machines.length, target: targetName })}>
        {stuck.length > 0 && stuck.length < machines.length && (
          <Button variant="link" onClick={() => onLeaveOut(stuck.map(({ id }) => id))}>
            {t('migrate.many.leave-out-stuck', { count: stuck.length })}
          </Button>
        )}
        <ActionButton
          variant="secondary"
          icon={isChecking ? undefined : <RhUiRefreshIcon />}
          isLoading={isChecking}
          disabledReason={isChecking ? t('migrate.why.checking') : undefined}
          onClick={() => void Promise.all(looked.map(({ again }) => again()))}
        >
          {t('migrate.again')}
        </ActionButton>
      </StepHead>
      <div className="migrate-table">
        <table className="plain-table num migrate-many" aria-label={t('migrate.many')}>
          <thead>
            <tr>
              <th>{t('column.name')}</th>
              <th>{t('migrate.from')}</th>
              <th>{t('migrate.target.memory')}</th>
              <th>{t('migrate.findings')}</th>
              <th>{t('migrate.total')}</th>
              <th>
                <span className="visually-hidden">{t('migrate.many.do')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {machines.map((machine) => (
              <ManyRows
                key={machine.id}
                {...props}
                machine={machine}
                one={byId.get(machine.id)}
                isOpen={open === machine.id}
                onOpen={() => setOpen(open === machine.id ? null : machine.id)}
              />
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

function isStuck(one: Looked | undefined): boolean {
  if (!one || one.pending) return false
  return one.error !== null || countsOf(one.preflight?.findings).blocks > 0
}

interface RowsProps extends ManyTableProps {
  readonly machine: Machine
  readonly one: Looked | undefined
  readonly isOpen: boolean
  readonly onOpen: () => void
}

function ManyRows({ machine, one, isOpen, onOpen, onLeaveOut, onSet, onWhen, machines, ...rest }: RowsProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const host = useEntity('host', machine.hostId)
  const prediction = one?.preflight?.prediction
  const total = prediction ? spanRange(prediction.totalMs, i18n) : null
  return (
    <>
      <tr>
        <td>
          <b>{machine.name}</b>
        </td>
        <td>{host?.name}</td>
        <td>{format.bytes(machine.memoryKiB * 1_024)}</td>
        <td>
          <button type="button" className="migrate-count" aria-expanded={isOpen} onClick={onOpen}>
            <FindingCounts one={one} />
          </button>
        </td>
        <td>{total ? `${total.value} ${total.unit}` : '–'}</td>
        <td>
          <ActionButton
            variant="link"
            size="sm"
            disabledReason={machines.length === 1 ? t('migrate.many.last') : undefined}
            aria-label={t('migrate.many.leave-out-of', { name: machine.name })}
            onClick={() => onLeaveOut([machine.id])}
          >
            {t('migrate.many.leave-out')}
          </ActionButton>
        </td>
      </tr>
      {isOpen && one && (
        <tr className="migrate-opened">
          <td colSpan={6}>
            {one.error && !one.pending ? (
              <Problem error={one.error} />
            ) : (
              <Findings {...rest} machine={machine} looked={one} onSet={onSet(machine)} onWhen={onWhen(machine)} />
            )}
          </td>
        </tr>
      )}
    </>
  )
}

function FindingCounts({ one }: { readonly one: Looked | undefined }) {
  const { t } = useI18n()
  if (!one || one.pending) return <span className="sub">{t('migrate.rail.checking')}</span>
  if (one.error) return <span className="bad-text">{t('migrate.rail.unread')}</span>
  const { blocks, warns } = countsOf(one.preflight?.findings)
  if (blocks + warns === 0) return <span className="sub">{t('migrate.rail.clear')}</span>
  return (
    <>
      {blocks > 0 && (
        <span className="bad-text">
          <RhUiErrorFillIcon /> {t('migrate.many.blocks', { count: blocks })}
        </span>
      )}{' '}
      {warns > 0 && (
        <span className="warn-text">
          <RhUiWarningFillIcon /> {t('migrate.many.warns', { count: warns })}
        </span>
      )}
    </>
  )
}
