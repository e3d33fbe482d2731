import { useState } from 'react'
import type { Host, Machine, MigrationTarget } from '../../../../shared/model/index.ts'
import { compareNames, useI18n } from '../../../lib/i18n/index.ts'
import { useEntity } from '../../../lib/live/index.ts'
import { Bar, EmptyState, Problem, Skeleton, useLate } from '../../../ui/index.ts'
import type { useTargets } from './queries.ts'
import { StepHead } from './step-head.tsx'

export interface TargetStepProps {
  readonly machines: readonly Machine[]
  readonly targets: ReturnType<typeof useTargets>
  readonly chosen: string | null
  readonly onChoose: (hostId: string) => void
}

const MANY = 8

/** Every host they could move to, with what it has left; those that are none say why. */
export function TargetStep({ machines, targets, chosen, onChoose }: TargetStepProps) {
  const { t } = useI18n()
  const [text, setText] = useState('')
  const late = useLate(targets.isPending)
  const all = targets.data ?? []
  const shown = all.filter(({ name }) => name.toLowerCase().includes(text.trim().toLowerCase())).toSorted(byRoom)
  const neededKiB = machines.reduce((sum, { memoryKiB, state }) => sum + (state === 'stopped' ? 0 : memoryKiB), 0)
  return (
    <>
      <StepHead title={t('migrate.step.target')} text={t('migrate.target.text', { count: machines.length })}>
        {all.length > MANY && (
          <input
            type="search"
            className="text-input migrate-filter"
            aria-label={t('migrate.target.filter')}
            placeholder={t('migrate.target.filter')}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </StepHead>
      {targets.error && <Problem error={targets.error} />}
      {targets.isPending && late && <Skeleton width={420} />}
      {targets.data && all.length === 0 && (
        <EmptyState title={t('migrate.target.none')}>
          <p>{t('migrate.target.none-text')}</p>
        </EmptyState>
      )}
      {targets.data && all.length > 0 && shown.length === 0 && <p className="sub">{t('migrate.target.no-match')}</p>}
      {shown.length > 0 && (
        <fieldset className="migrate-targets">
          <legend className="visually-hidden">{t('migrate.step.target')}</legend>
          {shown.map((target) => (
            <TargetRow key={target.hostId} target={target} neededKiB={neededKiB} isChosen={target.hostId === chosen} onChoose={onChoose} />
          ))}
        </fieldset>
      )}
    </>
  )
}

/** Those that may be one first, and of them the one with the most memory left. */
function byRoom(a: MigrationTarget, b: MigrationTarget): number {
  const order = Number(a.reason !== null) - Number(b.reason !== null)
  if (order !== 0) return order
  return (b.memoryFreeKiB ?? 0) - (a.memoryFreeKiB ?? 0) || compareNames(a.name, b.name)
}

interface RowProps {
  readonly target: MigrationTarget
  readonly neededKiB: number
  readonly isChosen: boolean
  readonly onChoose: (hostId: string) => void
}

function TargetRow({ target, neededKiB, isChosen, onChoose }: RowProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const host = useEntity('host', target.hostId)
  const { reason, name, hostId, cpuPercent, memoryFreeKiB } = target
  const isTight = memoryFreeKiB !== null && memoryFreeKiB < neededKiB
  const memory = usedPercent(host, memoryFreeKiB)
  return (
    <label className={`migrate-target${isChosen ? ' chosen' : ''}${reason ? ' off' : ''}`}>
      <input
        type="radio"
        name="target"
        className="check-input"
        checked={isChosen}
        disabled={reason !== null}
        onChange={() => onChoose(hostId)}
      />
      <b className="ellipsis" title={name}>
        {name}
      </b>
      {reason ? (
        <span className="sub migrate-target-why">{i18n.reason(reason)}</span>
      ) : (
        <>
          <Load label={t('migrate.target.cpu')} percent={cpuPercent} />
          <Load label={t('migrate.target.memory')} percent={memory} />
          <span className={`num small${isTight ? ' warn-text' : ' sub'}`}>
            {memoryFreeKiB === null
              ? t('migrate.target.free-unknown')
              : t(isTight ? 'migrate.target.tight' : 'migrate.target.free', {
                  free: format.bytes(memoryFreeKiB * 1_024),
                  needed: format.bytes(neededKiB * 1_024),
                })}
          </span>
        </>
      )}
    </label>
  )
}

function usedPercent(host: Host | undefined, freeKiB: number | null): number | null {
  if (!host?.memoryKiB || freeKiB === null) return null
  return ((host.memoryKiB - freeKiB) / host.memoryKiB) * 100
}

function Load({ label, percent }: { readonly label: string; readonly percent: number | null }) {
  const { format } = useI18n()
  return (
    <span className="migrate-load num small">
      <span className="sub">{label}</span>
      <Bar percent={percent ?? 0} tone={percent !== null && percent > 90 ? 'hot' : percent !== null && percent > 75 ? 'warn' : 'plain'} />
      <span>{percent === null ? '–' : format.percent(percent)}</span>
    </span>
  )
}
