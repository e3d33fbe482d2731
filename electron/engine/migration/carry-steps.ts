import { isAppError } from '../../../shared/errors/index.ts'
import type { ProviderConnection } from '../../providers/provider.ts'
import { keeperOf } from '../build/disk-step.ts'
import type { Step } from '../tasks/task-kind.ts'
import { copyDiskSteps } from '../transfer/copy-disk-steps.ts'
import { flattenStep } from '../transfer/flatten-step.ts'
import { sourceChanged } from '../transfer/transfer-errors.ts'
import { removeStep } from '../transfer/transfer-kind.ts'
import { endsOfMove, unlessThere } from './disk-steps.ts'
import type { WherePorts } from './journey.ts'
import type { MovePlan } from './move-plan.ts'
import { dropNvramStep, type NvramWay, nvramStep } from './nvram-steps.ts'

/** Disks of a machine that is off, through this console: made whole where they stand on others, copied in windows, and read back. */
export function carrySteps(plan: MovePlan, ports: WherePorts): Step[] {
  if (!plan.carriage) return []
  const { whole, copies, nvram } = plan.carriage
  const end = { sourceHostRef: plan.source.hostRef }
  return [
    ...whole.map((disk, index) => flattenStep(end, disk, index, ports)),
    ...[...copyDiskSteps(copies, ports), ...(nvram ? [nvramStep(wayOf(plan), nvram, ports)] : [])].map((step) =>
      step.takeBack ? { ...step, takeBack: unlessThere(endsOfMove(plan, ports), step.takeBack, ports) } : step,
    ),
  ]
}

/** What was only made to be copied is taken away at the source, and what was copied if that is wished. */
export function tidySteps(plan: MovePlan, ports: WherePorts): Step[] {
  const { source, carriage, spec } = plan
  const end = { sourceHostRef: source.hostRef }
  const made = carriage?.whole.map(({ place }, index) => removeStep(end, place, `tidy-${index}`)) ?? []
  return carriage?.nvram && spec.sourceDisks === 'delete' ? [...made, dropNvramStep(wayOf(plan), carriage.nvram, ports)] : made
}

function wayOf({ spec, source }: MovePlan): NvramWay {
  return { machineId: spec.machineId, sourceHostId: source.hostId, targetHostId: spec.targetHostId }
}

/** Just before it goes: nobody has started it, or written to a disk, since it was planned. Throws `precondition` transfer.source-changed. */
export async function refuseTorn({ source, carriage }: MovePlan, link: ProviderConnection | null, signal: AbortSignal): Promise<void> {
  for (const { place, version } of carriage?.versions ?? []) {
    const state = await keeperOf({ link })
      .state(source.hostRef, place, { signal })
      .catch((thrown: unknown) => {
        if (isAppError(thrown) && thrown.kind === 'not-found') throw sourceChanged(place)
        throw thrown
      })
    if (version !== null && state.version !== version) throw sourceChanged(place)
  }
}
