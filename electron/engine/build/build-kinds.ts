import type { MachineAction } from '../../../shared/model/index.ts'
import type { MachineBuilder } from '../../providers/provider.ts'
import { machineStep } from '../machines/machine-task.ts'
import type { Step, StepContext, TaskKind } from '../tasks/task-kind.ts'
import type { BuildSecrets } from './build-secrets.ts'
import { type BuildPorts, diskStep, isBusyState, noBuilderError } from './disk-step.ts'
import { BUILD_KINDS, type BuildPlan, buildPlanSchema } from './plan.ts'
import { seedStep } from './seed-step.ts'

const MINUTE_MS = 60_000
const START: MachineAction = { action: 'start' }
const POWER_OFF: MachineAction = { action: 'powerOff' }
const DELETE: MachineAction = {
  action: 'delete',
  diskKeys: [],
  withSnapshots: false,
  withNvram: true,
  withTpm: true,
  withManagedSave: true,
}

export interface BuildKindPorts extends BuildPorts {
  readonly secrets: BuildSecrets
}

/** The kinds of tasks that make one machine: its seed, its disks, its definition, its first start. */
export function buildKinds(ports: BuildKindPorts): TaskKind[] {
  return BUILD_KINDS.map((kind) => ({
    kind,
    steps: (json) => {
      const plan = buildPlanSchema.parse(json)
      const { seed } = plan.definition
      return [
        // first: what is secret is not kept for as long as a copy takes, and one that is lost is told of at once
        ...(plan.seed && seed ? [seedStep(plan, seed, plan.seed, ports.secrets, ports.clock)] : []),
        ...plan.disks.map((disk, index) => diskStep(plan, disk, index, ports)),
        defineStep(plan),
        ...(plan.start ? [startStep(plan, ports)] : []),
      ]
    },
    ended: async (json) => await ports.secrets.forget(buildPlanSchema.parse(json).definition.uuid),
  }))
}

export function defineStep({ hostRef, definition }: BuildPlan): Step {
  return {
    id: 'define',
    weight: 1,
    timeoutMs: MINUTE_MS,
    cancel: 'boundary',
    waitsForLink: true,
    takeBack: {
      what: definition.name,
      timeoutMs: 2 * MINUTE_MS,
      run: async (context) => await undefine(context, hostRef, definition.uuid),
      probe: async ({ link, signal }) =>
        (await builderOf({ link }).isDefined(hostRef, definition.uuid, { signal })) ? 'not-done' : 'done',
    },
    run: async ({ link, signal }) => await builderOf({ link }).define(hostRef, definition, { signal, timeoutMs: MINUTE_MS }),
    probe: async ({ link, signal }) => ((await builderOf({ link }).isDefined(hostRef, definition.uuid, { signal })) ? 'done' : 'not-done'),
  }
}

/** Nobody has used it yet: whatever belongs to it alone goes with it. Its disks are other steps'. */
async function undefine(context: StepContext, hostRef: string, uuid: string): Promise<void> {
  const { link, signal } = context
  if (!link || !(await builderOf(context).isDefined(hostRef, uuid, { signal }))) return
  const before = await link.baseline(uuid, DELETE, { signal })
  if (isBusyState(before.state)) await link.act(uuid, POWER_OFF, { signal, baseline: before })
  await link.act(uuid, DELETE, { signal, baseline: await link.baseline(uuid, DELETE, { signal }) })
}

/** As whoever starts it later does. */
export function startStep({ machineId, connectionId, hostId, definition }: BuildPlan, { inventory }: BuildPorts): Step {
  return { ...machineStep(inventory, { machineId, connectionId, hostId, ref: definition.uuid, action: START }), waitsForLink: true }
}

function builderOf({ link }: Pick<StepContext, 'link'>): MachineBuilder {
  if (link?.builder) return link.builder
  throw noBuilderError()
}
