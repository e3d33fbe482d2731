import type { Json } from '../../../shared/errors/index.ts'
import type { MachineMover, MachineStanding, MoveOrder } from '../../providers/provider.ts'
import { keeperOf } from '../build/disk-step.ts'
import { pathOf } from '../migration/carriage.ts'
import { unlessThere } from '../migration/disk-steps.ts'
import { dropNvramStep, nvramStep } from '../migration/nvram-steps.ts'
import { type Ends, endsOf } from '../migration/sides.ts'
import type { Step, TaskKind } from '../tasks/task-kind.ts'
import { linkBack } from '../volumes/link-back.ts'
import type { CopyPorts } from './copy-disk.ts'
import { copyDiskSteps } from './copy-disk-steps.ts'
import { flattenStep } from './flatten-step.ts'
import { refuseWritten } from './source-stays.ts'
import { machineOn, noSuchWay, sourceChanged, sourceWritten, startedMeanwhile, transferNotVerified } from './transfer-errors.ts'
import { TRANSFER_KIND, type TransferTask, transferTaskSchema } from './transfer-task.ts'

const MINUTE_MS = 60_000
const PATIENCE_MS = 10 * MINUTE_MS
const LOOK_PATIENCE_MS = 20_000

export interface TransferPorts extends CopyPorts {
  /** Looks at both hosts once more. Throws what stops it. */
  readonly lookAgain: (plan: TransferTask, signal: AbortSignal) => Promise<void>
}

/**
 * Moves a machine that is off through the console: looked at, its disks copied and read back, defined at the target, verified, and only then, if
 * that is wished, undefined and deleted at the source.
 */
export function transferKind(ports: TransferPorts): TaskKind {
  return {
    kind: TRANSFER_KIND,
    steps(json) {
      const plan = transferTaskSchema.parse(json)
      return [
        lookStep((signal) => ports.lookAgain(plan, signal)),
        ...plan.flattened.map((disk, index) => flattenStep(plan, disk, index, ports)),
        ...copyDiskSteps(plan.copies, ports),
        ...(plan.nvram ? [settingsStep(plan, plan.nvram, ports)] : []),
        defineStep(plan, ports),
        verifyStep(plan, ports),
        ...plan.flattened.map(({ place }, index) => removeStep(plan, place, `tidy-${index}`)),
        ...(plan.source === 'keep' ? [] : [retireStep(plan, ports)]),
        ...(plan.source === 'delete' && plan.nvram ? [dropNvramStep(plan, plan.nvram, ports)] : []),
        ...(plan.source === 'delete' ? plan.own.map((place, index) => removeStep(plan, place, `purge-${index}`)) : []),
      ]
    },
  }
}

/** `look` throws what stops it. */
export function lookStep(look: (signal: AbortSignal) => Promise<void>): Step {
  return {
    id: 'look',
    weight: 1,
    timeoutMs: MINUTE_MS,
    cancel: 'now',
    waitsForLink: true,
    run: ({ signal }) => look(signal),
    probe: () => Promise.resolve('not-done'),
  }
}

/** What UEFI keeps, as a file. Nothing else knows who uses it: it is not taken away from a machine that is there. */
function settingsStep(plan: TransferTask, nvram: NonNullable<TransferTask['nvram']>, ports: TransferPorts): Step {
  const { spec, sourceHostId } = plan
  const step = nvramStep({ machineId: spec.machineId, sourceHostId, targetHostId: spec.targetHostId }, nvram, ports)
  return step.takeBack ? { ...step, takeBack: unlessThere({ ...plan, targetHostId: spec.targetHostId }, step.takeBack, ports) } : step
}

const FIRST: Json = { again: false }
const AGAIN: Json = { again: true }
const isAgain = (memo: Json) => (memo as { readonly again?: boolean } | null)?.again === true

/** At the target, off. What is there already is somebody else's, unless an earlier attempt of the same task defined it. */
function defineStep(plan: TransferTask, ports: TransferPorts): Step {
  const { ref, spec, files, nvram, name } = plan
  const order: MoveOrder = { spec, files, ...(nvram && { nvram: pathOf(nvram.to) }), copies: [], targetAddress: '', targetUri: null }
  return {
    id: 'define',
    weight: 1,
    timeoutMs: 15 * MINUTE_MS,
    cancel: 'boundary',
    waitsForLink: true,
    prepare: ({ memo }) => Promise.resolve(memo === null ? FIRST : AGAIN),
    async run(context) {
      const { signal, memo } = context
      const { from, to, receiver, source, target } = await bothEnds(plan, ports, PATIENCE_MS, signal)
      const here = await from.standing(ref, { signal })
      if (here.state !== 'off') throw machineOn(name, here.state)
      await refuseWritten(plan, ports, context, { patienceMs: PATIENCE_MS, problem: sourceChanged })
      if (isAgain(memo) && (await to.standing(ref, { signal })).state === 'off') return
      if (!from.copyDefinition) throw noSuchWay(source.name, target.name)
      await from.copyDefinition(ref, order, receiver, { signal })
    },
    async probe({ signal }) {
      const { to } = await bothEnds(plan, ports, LOOK_PATIENCE_MS, signal)
      return (await to.standing(ref, { signal })).state === 'off' ? 'done' : 'not-done'
    },
    takeBack: {
      what: spec.rename ?? name,
      timeoutMs: 15 * MINUTE_MS,
      async run({ signal }) {
        const { from, to } = await bothEnds(plan, ports, PATIENCE_MS, signal)
        const { here, there } = await standings(from, to, ref, signal)
        if (there.state === 'absent') return
        // the only definition there is, or one that somebody has started, stays
        if (here.state === 'absent' || there.state !== 'off') throw startedMeanwhile(name, here.state, there.state)
        await to.settle(ref, 'give-up', { signal })
      },
      async probe({ signal }) {
        const { to } = await bothEnds(plan, ports, LOOK_PATIENCE_MS, signal)
        return (await to.standing(ref, { signal })).state === 'absent' ? 'done' : 'not-done'
      },
    },
  }
}

/** The target's own word that it is there, off and kept. */
function verifyStep(plan: TransferTask, ports: TransferPorts): Step {
  const { ref, name } = plan
  const look = async (signal: AbortSignal) => {
    const { to } = await bothEnds(plan, ports, LOOK_PATIENCE_MS, signal)
    const there = await to.standing(ref, { signal })
    return { ...there, isRight: there.state === 'off' && there.isPersistent }
  }
  return {
    id: 'confirm',
    weight: 1,
    timeoutMs: MINUTE_MS,
    cancel: 'boundary',
    waitsForLink: true,
    async run({ signal }) {
      const { isRight, state } = await look(signal)
      if (!isRight) throw transferNotVerified(name, state)
    },
    probe: async ({ signal }) => ((await look(signal)).isRight ? 'done' : 'not-done'),
  }
}

/** Takes the source's definition away; refused when either of the two has been started meanwhile. */
function retireStep(plan: TransferTask, ports: TransferPorts): Step {
  const { ref, name } = plan
  return {
    id: 'retire',
    weight: 1,
    timeoutMs: 15 * MINUTE_MS,
    cancel: 'boundary',
    waitsForLink: true,
    keepsOthers: true,
    async run(context) {
      const { signal } = context
      const { from, to } = await bothEnds(plan, ports, PATIENCE_MS, signal)
      const { here, there } = await standings(from, to, ref, signal)
      if (here.state === 'absent') return
      if (here.state !== 'off' || there.state === 'absent') throw startedMeanwhile(name, here.state, there.state)
      await refuseWritten(plan, ports, context, { patienceMs: PATIENCE_MS, problem: sourceWritten })
      await from.settle(ref, 'give-up', { signal })
    },
    async probe({ signal }) {
      const { from } = await bothEnds(plan, ports, LOOK_PATIENCE_MS, signal)
      return (await from.standing(ref, { signal })).state === 'absent' ? 'done' : 'not-done'
    },
  }
}

/** At the source. The keeper of volumes looks once more that nobody uses it. */
export function removeStep(
  { sourceHostRef: hostRef }: Pick<TransferTask, 'sourceHostRef'>,
  place: TransferTask['own'][number],
  id: string,
): Step {
  return {
    id,
    weight: 1,
    timeoutMs: 10 * MINUTE_MS,
    cancel: 'boundary',
    waitsForLink: true,
    keepsOthers: true,
    async run({ link, signal }) {
      const keeper = keeperOf({ link })
      if (await keeper.find(hostRef, place, { signal })) await keeper.remove(hostRef, place, { signal })
    },
    probe: async ({ link, signal }) => ((await keeperOf({ link }).find(hostRef, place, { signal })) ? 'not-done' : 'done'),
  }
}

async function bothEnds(plan: TransferTask, ports: TransferPorts, patienceMs: number, signal: AbortSignal): Promise<Ends> {
  const { inventory, links, clock } = ports
  const target = inventory.get('host', plan.spec.targetHostId)
  await linkBack(links, clock, plan.connectionId, patienceMs, signal)
  if (target) await linkBack(links, clock, target.connectionId, patienceMs, signal)
  return endsOf({ sourceHostId: plan.sourceHostId, targetHostId: plan.spec.targetHostId }, inventory, links)
}

async function standings(
  from: MachineMover,
  to: MachineMover,
  ref: string,
  signal: AbortSignal,
): Promise<{ readonly here: MachineStanding; readonly there: MachineStanding }> {
  const [here, there] = await Promise.all([from.standing(ref, { signal }), to.standing(ref, { signal })])
  return { here, there }
}
