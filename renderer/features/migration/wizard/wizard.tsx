import { useState } from 'react'
import type { Machine, MachineId, MigrationFinding, PlannedMove } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useNowMs } from '../../../lib/time/ticker.ts'
import { ActionButton } from '../../../ui/index.ts'
import { beginningAt, beginOf, tonight, whenOf, whyNotWhen } from '../plans/when.ts'
import { Frame } from './frame.tsx'
import { HowStep } from './how-step.tsx'
import { ManyPlaces } from './many-places.tsx'
import { ManySide } from './many-side.tsx'
import { ManyTable } from './many-table.tsx'
import { OpenedPlanBanner } from './opened-plan.tsx'
import { PeaksThen } from './peaks-then.tsx'
import { PlacesStep } from './places-step.tsx'
import { PredictionSide } from './prediction-side.tsx'
import { PreflightStep } from './preflight-step.tsx'
import { type Looked, usePreflights, useTargets } from './queries.ts'
import { ReviewStep } from './review-step.tsx'
import type { Solved } from './solved.ts'
import { isPlan, railOf, type Standing, whyNot, whyNotPlan } from './standing.ts'
import { TargetStep } from './target-step.tsx'
import { lookedTogether } from './together.ts'
import { useMeasure } from './use-measure.ts'
import { useOpenedPlan } from './use-opened-plan.ts'
import { usePlan } from './use-plan.ts'
import { useStart } from './use-start.ts'
import { WhenStep } from './when-step.tsx'
import { type How, type StepId, specOf, type Wish, withOwn, withSet } from './wish.ts'

export interface WizardProps {
  readonly wish: Wish
  readonly machines: readonly Machine[]
  readonly onWish: (change: (wish: Wish) => Wish) => void
}

/** The wizard for one machine or many. */
export function Wizard({ wish, machines, onWish }: WizardProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const [acceptedOf, setAcceptedOf] = useState<string | null | undefined>(undefined)
  const [problems, setProblems] = useState<ReadonlyMap<string, string>>(new Map())
  const [solved, setSolved] = useState<readonly Solved[]>([])
  const ids = machines.map(({ id }) => id)
  const targets = useTargets(ids)
  const target = targets.data?.find(({ hostId }) => hostId === wish.to) ?? null
  const specs = target && target.reason === null ? specsOf(wish, ids, target.hostId) : []
  const looked = lookedTogether(usePreflights(specs, beginOf(wish.when)), machines)
  const warnings = JSON.stringify(looked.map(({ preflight }) => preflight?.findings.map(({ id, severity }) => `${severity} ${id}`)))
  // what was read is of these warnings: with others it has to be read again
  const opened = useOpenedPlan(wish.plan)
  const acceptsWarnings = acceptedOf === undefined ? acceptedBefore(opened?.plan ?? null, looked) : acceptedOf === warnings
  const nowMs = useNowMs(10_000)
  const standing: Standing = {
    wish,
    machines,
    target,
    looked,
    invalid: [...problems.values()],
    acceptsWarnings,
    nowMs,
    whyNotOver: opened?.why,
  }
  const step: StepId = targets.data && !target ? 'target' : wish.step
  const [only] = machines
  const one = looked[0]
  const isOne = machines.length === 1
  /** Warnings of a machine that were read and accepted: one that comes after is not. */
  function readOf(machineId: MachineId): string[] {
    const findings = looked.find(({ id }) => id === machineId)?.preflight?.findings ?? []
    return acceptsWarnings ? findings.flatMap(({ severity, id }) => (severity === 'warns' ? [id] : [])) : []
  }
  const start = useStart(
    () => specsOf(wish, ids, target?.hostId ?? null),
    () => ({ acceptsWarnings: Object.fromEntries(ids.map((id) => [id, readOf(id)])), atOnce: wish.atOnce }),
    () => void Promise.all(looked.map(({ again }) => again())),
  )
  const planning = usePlan()
  const isLater = isPlan(standing)
  /** Without a time it is asked for first. */
  function savePlan() {
    const when = whenOf(wish.when)
    if (!when || whyNotWhen(wish.when, Date.now(), i18n) !== undefined) {
      onWish((before) => ({ ...before, step: 'when', when: before.when.kind === 'now' ? tonight('at', Date.now()) : before.when }))
      return
    }
    const moves = specsOf(wish, ids, target?.hostId ?? null).map((spec) => ({ spec, accepted: readOf(spec.machineId) }))
    planning.save({ moves, when, atOnce: wish.atOnce }, wish.plan)
  }
  const measuring = useMeasure(only && target ? { machineId: only.id, targetHostId: target.hostId } : null, () => void one?.again())
  const onStep = (to: StepId) => onWish((before) => ({ ...before, step: to }))
  const onHow = (change: Partial<How>) => onWish((before) => ({ ...before, how: { ...before.how, ...change } }))
  const onSetOf = (machine: Machine) => (finding: MigrationFinding | null, set: Readonly<Record<string, unknown>>) => {
    const { how, own, to } = wish
    onWish((before) => withSet(before, machine.id, set))
    if (finding) noteSolved(machine.id, finding, () => onWish((before) => ({ ...before, how, own, to })))
  }
  const onWhenOf = (machine: Machine) => (finding: MigrationFinding, atMs: number) => {
    const { when } = wish
    onWish((before) => ({ ...before, when: beginningAt(before.when, atMs), step: 'when' }))
    noteSolved(machine.id, finding, () => onWish((before) => ({ ...before, when })))
  }
  function noteSolved(machineId: MachineId, finding: MigrationFinding, back: () => void) {
    const undo = () => {
      back()
      setSolved((before) => before.filter((each) => each.finding.id !== finding.id || each.machineId !== machineId))
    }
    setSolved((before) => [
      ...before.filter((each) => each.finding.id !== finding.id || each.machineId !== machineId),
      { machineId, finding, atMs: Date.now(), undo },
    ])
  }
  function onInvalid(field: string, problem: string | null) {
    setProblems((before) => {
      const next = new Map(before)
      if (problem === null) next.delete(field)
      else next.set(field, problem)
      return next
    })
  }
  const side =
    step === 'target' || !only ? null : isOne ? (
      <PredictionSide
        machineId={only.id}
        preflight={one?.preflight ?? null}
        pending={one?.pending ?? false}
        how={wish.how}
        measuring={measuring}
        onSet={(set) => onSetOf(only)(null, set)}
        onStep={onStep}
      />
    ) : (
      <ManySide looked={looked} atOnce={wish.atOnce} />
    )
  const why = whyNot(step, standing, i18n)
  return (
    <Frame
      kind={t(wish.plan ? 'migrate.kind-plan' : 'migrate.kind')}
      sideTitle={t('migrate.prediction')}
      object={isOne ? (only?.name ?? '') : t('fleet.machines', { count: machines.length, shown: format.number(machines.length) })}
      about={
        isOne && only ? t('migrate.about', { os: only.os ?? '', vcpus: only.vcpus, memory: format.bytes(only.memoryKiB * 1_024) }) : ''
      }
      step={step}
      steps={railOf({ ...standing, wish: { ...wish, step } }, i18n)}
      onStep={onStep}
      why={why}
      waits={why === t('migrate.why.checking')}
      action={t(wish.plan ? 'migrate.save-over' : isLater ? 'migrate.plan' : 'migrate.start', {
        count: machines.length,
        name: only?.name ?? '',
        target: target?.name ?? '',
      })}
      pending={start.pending || planning.pending}
      error={start.error ?? planning.error}
      onStart={isLater ? savePlan : start.begin}
      foot={
        step === 'review' && isLater ? null : (
          <ActionButton variant="link" isLoading={planning.pending} disabledReason={whyNotPlan(standing, i18n)} onClick={savePlan}>
            {t(wish.plan ? 'migrate.save-over' : 'migrate.save-plan')}
          </ActionButton>
        )
      }
      side={side}
    >
      {opened && <OpenedPlanBanner opened={opened} missing={wish.ids.length - machines.length} onWish={onWish} />}
      {step === 'target' && (
        <TargetStep machines={machines} targets={targets} chosen={wish.to} onChoose={(to) => onWish((before) => ({ ...before, to }))} />
      )}
      {step === 'preflight' && only && one && isOne && (
        <PreflightStep
          solved={solved}
          onStep={onStep}
          machine={only}
          target={target}
          looked={one}
          onSet={onSetOf(only)}
          onWhen={onWhenOf(only)}
        />
      )}
      {step === 'preflight' && !isOne && (
        <ManyTable
          solved={solved}
          onStep={onStep}
          machines={machines}
          looked={looked}
          targetName={target?.name ?? ''}
          onSet={onSetOf}
          onWhen={onWhenOf}
          onLeaveOut={(out) => onWish((before) => ({ ...before, ids: before.ids.filter((id) => !out.includes(id)) }))}
        />
      )}
      {step === 'places' && only && isOne && (
        <PlacesStep
          machine={only}
          preflight={one?.preflight ?? null}
          own={wish.own[only.id] ?? {}}
          sourceDisks={wish.how.sourceDisks}
          onOwn={(change) => onWish((before) => withOwn(before, only.id, change))}
          onSourceDisks={(sourceDisks) => onHow({ sourceDisks })}
          onInvalid={onInvalid}
        />
      )}
      {step === 'places' && !isOne && (
        <ManyPlaces
          machines={machines}
          looked={looked}
          own={wish.own}
          sourceDisks={wish.how.sourceDisks}
          onOwn={(machine, change) => onWish((before) => withOwn(before, machine.id, change))}
          onInvalid={onInvalid}
          onSourceDisks={(sourceDisks) => onHow({ sourceDisks })}
        />
      )}
      {step === 'how' && (
        <HowStep
          machines={machines}
          how={wish.how}
          atOnce={wish.atOnce}
          onHow={onHow}
          onAtOnce={(atOnce) => onWish((before) => ({ ...before, atOnce }))}
          onInvalid={onInvalid}
        />
      )}
      {step === 'when' && (
        <WhenStep
          choice={wish.when}
          whyNotNow={wish.plan ? t('migrate.opened.not-now') : undefined}
          onChange={(when) => onWish((before) => ({ ...before, when }))}
        >
          <PeaksThen machines={machines} looked={looked} onWhen={onWhenOf} />
        </WhenStep>
      )}
      {step === 'review' && (
        <ReviewStep
          wish={wish}
          machines={machines}
          target={target}
          looked={looked}
          acceptsWarnings={acceptsWarnings}
          onAccept={(accepts) => setAcceptedOf(accepts ? warnings : null)}
        />
      )}
    </Frame>
  )
}

/** Of a plan that was opened, and as long as nobody has ticked or unticked them: the warnings are those that were read when it was saved. */
function acceptedBefore(plan: PlannedMove | null, looked: readonly Looked[]): boolean {
  if (!plan) return false
  return looked.every(({ id, preflight }) => {
    const read = plan.moves.find(({ spec }) => spec.machineId === id)?.accepted ?? []
    return preflight?.findings.every((finding) => finding.severity !== 'warns' || read.includes(finding.id)) ?? false
  })
}

/** None while something is not right: an address may hold anything. */
function specsOf(wish: Wish, ids: readonly string[], to: string | null) {
  return to === null ? [] : ids.map((id) => specOf(wish, id, to))
}
