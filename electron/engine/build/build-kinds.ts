import type { MachineAction } from '../../../shared/model/index.ts'
import type { MachineBuilder } from '../../providers/provider.ts'
import { machineStep } from '../machines/machine-task.ts'
import type { Step, StepContext, TaskKind } from '../tasks/task-kind.ts'
import type { BuildSecrets } from './build-secrets.ts'
import { type BuildPorts, diskStep, noBuilderError } from './disk-step.ts'
import { BUILD_KINDS, type BuildPlan, buildPlanSchema } from './plan.ts'
import { seedStep } from './seed-step.ts'

const MINUTE_MS = 60_000
const START: MachineAction = { action: 'start' }

export interface BuildKindPorts extends BuildPorts {
  readonly secrets: BuildSecrets
}

/** The kinds of tasks that make one machine: its disks, its seed, its definition, its first start. */
export function buildKinds(ports: BuildKindPorts): TaskKind[] {
  return BUILD_KINDS.map((kind) => ({
    kind,
    steps: (json) => {
      const plan = buildPlanSchema.parse(json)
      const { seed } = plan.definition
      return [
        ...plan.disks.map((disk, index) => diskStep(plan, disk, index, ports)),
        ...(plan.seed && seed ? [seedStep(plan, seed, plan.seed, ports.secrets)] : []),
        defineStep(plan),
        ...(plan.start ? [startStep(plan, ports)] : []),
      ]
    },
  }))
}

export function defineStep({ hostRef, definition }: BuildPlan): Step {
  return {
    id: 'define',
    weight: 1,
    timeoutMs: MINUTE_MS,
    cancel: 'boundary',
    run: async ({ link, signal }) => await builderOf({ link }).define(hostRef, definition, { signal, timeoutMs: MINUTE_MS }),
    probe: async ({ link, signal }) => ((await builderOf({ link }).isDefined(hostRef, definition.uuid, { signal })) ? 'done' : 'not-done'),
  }
}

/** As whoever starts it later does. */
export function startStep({ machineId, connectionId, hostId, definition }: BuildPlan, { inventory }: BuildPorts): Step {
  return machineStep(inventory, { machineId, connectionId, hostId, ref: definition.uuid, action: START })
}

function builderOf({ link }: Pick<StepContext, 'link'>): MachineBuilder {
  if (link?.builder) return link.builder
  throw noBuilderError()
}
