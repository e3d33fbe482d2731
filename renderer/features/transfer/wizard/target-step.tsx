import { useState } from 'react'
import { useI18n } from '../../../lib/i18n/index.ts'
import { Prov } from '../../../ui/index.ts'
import { StepHead } from '../../migration/index.ts'
import type { Target } from './queries.ts'

const MANY = 8

export interface TargetStepProps {
  readonly targets: readonly Target[]
  readonly chosen: string | null
  readonly onChoose: (hostId: string) => void
}

/** Every host and every place of a cloud that it could go to; one without a link says so. */
export function TargetStep({ targets, chosen, onChoose }: TargetStepProps) {
  const { t } = useI18n()
  const [text, setText] = useState('')
  const wanted = text.trim().toLowerCase()
  const shown = targets.filter(({ host, connection }) => `${host.name} ${connection}`.toLowerCase().includes(wanted))
  const kinds = [
    { title: t('transfer.hosts'), all: shown.filter(({ isCloud }) => !isCloud) },
    { title: t('transfer.clouds'), all: shown.filter(({ isCloud }) => isCloud) },
  ].filter(({ all }) => all.length > 0)
  return (
    <>
      <StepHead title={t('transfer.step.target')} text={t('transfer.target.text')}>
        {targets.length > MANY && (
          <input
            type="search"
            className="text-input migrate-filter"
            aria-label={t('transfer.target.filter')}
            placeholder={t('transfer.target.filter')}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </StepHead>
      {kinds.length === 0 && <p className="sub">{t('transfer.target.no-match')}</p>}
      {kinds.map(({ title, all }) => (
        <section key={title} className="migrate-part">
          <h2>{title}</h2>
          <fieldset className="migrate-targets">
            <legend className="visually-hidden">{title}</legend>
            {all.map((target) => (
              <TargetRow key={target.host.id} target={target} isChosen={target.host.id === chosen} onChoose={onChoose} />
            ))}
          </fieldset>
        </section>
      ))}
    </>
  )
}

interface RowProps {
  readonly target: Target
  readonly isChosen: boolean
  readonly onChoose: (hostId: string) => void
}

function TargetRow({ target, isChosen, onChoose }: RowProps) {
  const { t, format } = useI18n()
  const { host, providerId, connection, isLive } = target
  const { memoryFreeKiB } = host
  return (
    <label className={`migrate-target transfer-target${isChosen ? ' chosen' : ''}${isLive ? '' : ' off'}`}>
      <input type="radio" name="target" className="check-input" checked={isChosen} disabled={!isLive} onChange={() => onChoose(host.id)} />
      <b className="ellipsis" title={host.name}>
        {host.name}
      </b>
      <span className="ellipsis">
        <Prov providerId={providerId} decorative /> {connection}
      </span>
      <span className="sub small num">
        {isLive
          ? memoryFreeKiB !== null && t('migrate.target.free', { free: format.bytes(memoryFreeKiB * 1_024), needed: '' })
          : t('transfer.target.no-link', { name: connection })}
      </span>
    </label>
  )
}
