import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import type { Machine, MigrationFinding } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { usePermissions } from '../../../lib/session/index.ts'
import { requestExport } from '../../build/index.ts'
import { Frame, type Solved } from '../../migration/index.ts'
import { CloudPlaces } from './cloud-places.tsx'
import { DeleteDialog } from './delete-dialog.tsx'
import { HostPlaces } from './host-places.tsx'
import { type Target, usePlan } from './queries.ts'
import { ReviewStep } from './review-step.tsx'
import { railOf, type Standing, stepsOf, warningsOf, wayOf, whyNot } from './standing.ts'
import { TakesSide } from './takes-side.tsx'
import { TargetStep } from './target-step.tsx'
import { useRunBook, useStart } from './use-transfer.ts'
import { WaysStep } from './ways-step.tsx'
import { type StepId, specOf, type Wish, withDisk, withNic, withSet, withTarget } from './wish.ts'

export interface WizardProps {
  readonly wish: Wish
  readonly machine: Machine
  readonly targets: readonly Target[]
  readonly onWish: (change: (wish: Wish) => Wish) => void
}

/** Where to, by which way, into what there; then it is read once more and begun, or the run-book is taken along. */
export function Wizard({ wish, machine, targets, onWish }: WizardProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const may = usePermissions()('machine.migrate')
  const [acceptedOf, setAcceptedOf] = useState<string | null>(null)
  const [problems, setProblems] = useState<ReadonlyMap<string, string>>(new Map())
  const [solved, setSolved] = useState<readonly Solved[]>([])
  const [asksDelete, setAsksDelete] = useState(false)
  const target = targets.find(({ host }) => host.id === wish.to) ?? null
  const spec = target?.isLive ? specOf(wish, machine.id, target.host.id, target.isCloud) : null
  const planned = usePlan(spec, machine.state)
  const { plan } = planned
  const way = wayOf(wish, plan)
  // what was read is of these warnings: with others it has to be read again
  const warnings = JSON.stringify(warningsOf(way).map(({ id }) => id))
  const acceptsWarnings = acceptedOf === warnings
  const standing: Standing = { wish, machine, target, planned, way, invalid: [...problems.values()], acceptsWarnings, may }
  const shown = stepsOf(way)
  const step: StepId = target && shown.includes(wish.step) ? wish.step : 'target'
  const start = useStart(() => void planned.again())
  const book = useRunBook()
  const onStep = (to: StepId) => onWish((before) => ({ ...before, step: to }))
  const begin = () => spec && start.begin(spec, acceptsWarnings)
  function onSet(finding: MigrationFinding, set: Readonly<Record<string, unknown>>) {
    const before = wish
    const others = (all: readonly Solved[]) => all.filter((one) => one.finding.id !== finding.id)
    const undo = () => {
      onWish(({ step: now }) => ({ ...before, step: now }))
      setSolved(others)
    }
    onWish((now) => withSet(now, set))
    setSolved((all) => [...others(all), { machineId: machine.id, finding, atMs: Date.now(), undo }])
  }
  function onInvalid(field: string, problem: string | null) {
    setProblems(
      (before) => new Map([...[...before].filter(([key]) => key !== field), ...(problem === null ? [] : [[field, problem] as const])]),
    )
  }
  const saveBook = () => spec && way && book.save(spec, way.way)
  function onDone() {
    if (way?.done === 'elsewhere') requestExport(machine.id)
    else if (way?.done === 'run-book') saveBook()
    else if (wish.source === 'delete') setAsksDelete(true)
    else begin()
  }
  const words = { name: machine.name, target: target?.host.name ?? '' }
  const why = whyNot(step, standing, i18n)
  return (
    <>
      <Frame
        kind={t('transfer.title')}
        object={machine.name}
        about={t('migrate.about', { os: machine.os ?? '', vcpus: machine.vcpus, memory: format.bytes(machine.memoryKiB * 1_024) })}
        step={step}
        steps={railOf({ ...standing, wish: { ...wish, step } }, i18n)}
        onStep={onStep}
        why={why}
        waits={why === t('transfer.why.checking')}
        action={t(`transfer.action.${way?.done ?? 'task'}`, words)}
        pending={start.pending || book.pending}
        error={start.error ?? book.error}
        onStart={onDone}
        foot={
          step === 'review' &&
          way?.done === 'task' && (
            <Button variant="link" onClick={saveBook}>
              {t('transfer.run-book')}
            </Button>
          )
        }
        sideTitle={t('transfer.takes')}
        side={step === 'target' || !target ? null : <TakesSide plan={plan} way={way} pending={planned.pending} />}
      >
        {step === 'target' && (
          <TargetStep targets={targets} chosen={wish.to} onChoose={(to) => onWish((before) => withTarget(before, to))} />
        )}
        {step === 'ways' && target && (
          <WaysStep
            machine={machine}
            target={target}
            planned={planned}
            way={way}
            solved={solved}
            onWay={(chosen) => onWish((before) => ({ ...before, way: chosen }))}
            onSet={onSet}
            onStep={onStep}
          />
        )}
        {step === 'places' && target && plan && !target.isCloud && (
          <HostPlaces
            machine={machine}
            plan={plan}
            way={way}
            wish={wish}
            onDisk={(disk) => onWish((before) => withDisk(before, disk))}
            onNic={(nic) => onWish((before) => withNic(before, nic))}
            onChange={(change) => onWish((before) => ({ ...before, ...change }))}
            onInvalid={onInvalid}
          />
        )}
        {step === 'places' && target?.isCloud && (
          <CloudPlaces
            machine={machine}
            target={target}
            way={way}
            plan={plan}
            wish={wish}
            onChange={(change) => onWish((before) => ({ ...before, ...change }))}
            onInvalid={onInvalid}
          />
        )}
        {step === 'review' && plan && way && (
          <ReviewStep
            machine={machine}
            plan={plan}
            way={way}
            wish={wish}
            acceptsWarnings={acceptsWarnings}
            onAccept={(accepts) => setAcceptedOf(accepts ? warnings : null)}
          />
        )}
      </Frame>
      {asksDelete && plan && way && (
        <DeleteDialog
          plan={plan}
          way={way}
          onCancel={() => setAsksDelete(false)}
          onConfirm={() => {
            setAsksDelete(false)
            begin()
          }}
        />
      )}
    </>
  )
}
