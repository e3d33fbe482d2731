import type { MachineId } from '../../../../shared/model/index.ts'
import { objectId } from '../../../../shared/model/index.ts'
import type { DiskImport } from '../../../providers/provider.ts'
import { isBusyState } from '../../build/disk-step.ts'
import { knownHost, linkTo, moverAt } from '../../migration/sides.ts'
import { delay } from '../../tasks/deadline.ts'
import type { Step, TaskKind } from '../../tasks/task-kind.ts'
import { linkBack } from '../../volumes/link-back.ts'
import { importsOf } from '../copy-cloud-ends.ts'
import type { CopyPorts } from '../copy-disk.ts'
import { copyDiskSteps, isAccountAway } from '../copy-disk-steps.ts'
import { flattenStep } from '../flatten-step.ts'
import { refuseWritten } from '../source-stays.ts'
import { importGone, machineOn, notRunningThere, notSeenThere, sourceChanged, sourceWritten, startedMeanwhile } from '../transfer-errors.ts'
import { lookStep, removeStep } from '../transfer-kind.ts'
import { INTO_CLOUD_KIND, type IntoCloudTask, intoCloudTaskSchema } from './into-cloud-task.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const PATIENCE_MS = 10 * MINUTE_MS
const LOOK_PATIENCE_MS = 20_000
/** A cloud takes minutes to show, and to start, what it has made. */
const SHOWN_WITHIN_MS = 15 * MINUTE_MS
const LOOK_AGAIN_MS = 2_000

export interface IntoCloudPorts extends CopyPorts {
  /** Looks at both ends once more. Throws what stops it. */
  readonly lookAgain: (plan: IntoCloudTask, signal: AbortSignal) => Promise<void>
}

/**
 * Moves a machine that is off into a cloud: looked at, its disks made plain and sent, the machine made of them, seen there, what was only on the
 * way taken away; and only then, if that is wished, undefined and deleted at the source.
 */
export function intoCloudKind(ports: IntoCloudPorts): TaskKind {
  return {
    kind: INTO_CLOUD_KIND,
    steps(json) {
      const plan = intoCloudTaskSchema.parse(json)
      const { source } = plan.wish
      return [
        lookStep((signal) => ports.lookAgain(plan, signal)),
        ...plan.flattened.map((disk, index) => flattenStep(plan, disk, index, ports)),
        ...copyDiskSteps(plan.copies, ports),
        assembleStep(plan, ports),
        confirmStep(plan, ports),
        sweepStep(plan, ports),
        ...plan.flattened.map(({ place }, index) => removeStep(plan, place, `tidy-${index}`)),
        ...(source === 'delete' ? [seenStep(plan, ports)] : []),
        ...(source === 'keep' ? [] : [retireStep(plan, ports)]),
        ...(source === 'delete' ? plan.own.map((place, index) => removeStep(plan, place, `purge-${index}`)) : []),
      ]
    },
  }
}

/** From then on the cloud has a machine that may run: nothing of it is taken away by itself any more. */
function assembleStep(plan: IntoCloudTask, ports: IntoCloudPorts): Step {
  const { target, token, machine, copies, wish, name } = plan
  return {
    id: 'assemble',
    weight: 50,
    timeoutMs: 2 * HOUR_MS,
    cancel: 'boundary',
    waitsForLink: true,
    decides: true,
    puzzles: isAccountAway,
    async run(context) {
      const { signal, progress: onProgress } = context
      const known = ports.inventory.get('machine', wish.machineId)
      if (known && isBusyState(known.state)) throw machineOn(name, known.state)
      await refuseWritten(plan, ports, context, { patienceMs: PATIENCE_MS, problem: sourceChanged })
      const into = await importsAt(plan, ports, PATIENCE_MS, signal)
      const disks: { handle: string; target: string; sizeBytes: number }[] = []
      for (const { to } of copies) {
        const handle = await into.begun(target.placeRef, to.token, { signal })
        if (handle === null) throw importGone(to.disk.name)
        disks.push({ handle, target: to.disk.target, sizeBytes: to.disk.sizeBytes })
      }
      await into.assemble(target.placeRef, { ...machine, disks }, token, { signal, onProgress })
    },
    probe: async ({ signal }) => ((await madeThere(plan, ports, LOOK_PATIENCE_MS, signal)) === null ? 'not-done' : 'done'),
  }
}

/** The cloud's own word that it is there, and the console sees it. */
function confirmStep(plan: IntoCloudTask, ports: IntoCloudPorts): Step {
  const { target, machine } = plan
  return {
    id: 'confirm',
    weight: 1,
    timeoutMs: SHOWN_WITHIN_MS + PATIENCE_MS,
    cancel: 'boundary',
    waitsForLink: true,
    puzzles: isAccountAway,
    run: async ({ signal, progress }) => {
      progress({ note: 'waiting-for-cloud' })
      const isShown = async () => (await shownThere(plan, ports, PATIENCE_MS, signal)) !== undefined
      if (!(await within(ports, signal, isShown))) throw notSeenThere(machine.spec.name, target.name)
    },
    probe: async ({ signal }) => ((await shownThere(plan, ports, LOOK_PATIENCE_MS, signal)) ? 'done' : 'not-done'),
  }
}

/** What the cloud kept only on the way. */
function sweepStep(plan: IntoCloudTask, ports: IntoCloudPorts): Step {
  const { target, token, copies } = plan
  return {
    id: 'sweep',
    weight: 1,
    timeoutMs: 30 * MINUTE_MS,
    cancel: 'boundary',
    waitsForLink: true,
    keepsOthers: true,
    puzzles: isAccountAway,
    async run({ signal }) {
      const into = await importsAt(plan, ports, PATIENCE_MS, signal)
      for (const { to } of copies) {
        const handle = await into.begun(target.placeRef, to.token, { signal })
        if (handle !== null) await into.tidy(handle, token, { signal })
      }
    },
    // what is left of a disk is the machine's own now, and looks the same: it may be said again
    probe: () => Promise.resolve('not-done'),
  }
}

function seenStep(plan: IntoCloudTask, ports: IntoCloudPorts): Step {
  const { target, machine } = plan
  const isRunning = async (patienceMs: number, signal: AbortSignal) =>
    (await shownThere(plan, ports, patienceMs, signal))?.state === 'running'
  return {
    id: 'seen',
    weight: 1,
    timeoutMs: SHOWN_WITHIN_MS + PATIENCE_MS,
    cancel: 'boundary',
    waitsForLink: true,
    keepsOthers: true,
    puzzles: isAccountAway,
    async run({ signal, progress }) {
      progress({ note: 'waiting-for-cloud' })
      if (await within(ports, signal, () => isRunning(PATIENCE_MS, signal))) return
      const state = (await shownThere(plan, ports, PATIENCE_MS, signal))?.state ?? 'gone'
      throw notRunningThere(machine.spec.name, target.name, state)
    },
    probe: async ({ signal }) => ((await isRunning(LOOK_PATIENCE_MS, signal)) ? 'done' : 'not-done'),
  }
}

/** Takes the source's definition away; refused when it was started meanwhile, or is not in the cloud any more. */
function retireStep(plan: IntoCloudTask, ports: IntoCloudPorts): Step {
  const { ref, name, connectionId, sourceHostId } = plan
  const sourceOf = async (patienceMs: number, signal: AbortSignal) => {
    await linkBack(ports.links, ports.clock, connectionId, patienceMs, signal)
    const source = knownHost(sourceHostId, ports.inventory)
    return moverAt(source, linkTo(source, ports.inventory, ports.links).migration)
  }
  return {
    id: 'retire',
    weight: 1,
    timeoutMs: 15 * MINUTE_MS,
    cancel: 'boundary',
    waitsForLink: true,
    keepsOthers: true,
    puzzles: isAccountAway,
    async run(context) {
      const { signal } = context
      const from = await sourceOf(PATIENCE_MS, signal)
      const { state } = await from.standing(ref, { signal })
      if (state === 'absent') return
      const there = await shownThere(plan, ports, PATIENCE_MS, signal)
      if (state !== 'off' || !there) throw startedMeanwhile(name, state, there?.state ?? 'absent')
      await refuseWritten(plan, ports, context, { patienceMs: PATIENCE_MS, problem: sourceWritten })
      await from.settle(ref, 'give-up', { signal })
    },
    async probe({ signal }) {
      const from = await sourceOf(LOOK_PATIENCE_MS, signal)
      return (await from.standing(ref, { signal })).state === 'absent' ? 'done' : 'not-done'
    },
  }
}

/** Looks until it is so; false: it was not in the time that clouds take. */
async function within({ clock }: CopyPorts, signal: AbortSignal, look: () => Promise<boolean>): Promise<boolean> {
  const untilMs = clock.nowMs() + SHOWN_WITHIN_MS
  for (;;) {
    if (await look()) return true
    if (clock.nowMs() >= untilMs) return false
    await delay(clock, LOOK_AGAIN_MS, signal)
  }
}

async function importsAt(
  { target }: IntoCloudTask,
  { links, clock }: CopyPorts,
  patienceMs: number,
  signal: AbortSignal,
): Promise<DiskImport> {
  return importsOf(await linkBack(links, clock, target.connectionId, patienceMs, signal))
}

/** The reference of the machine that was made; null: there is none. */
async function madeThere(plan: IntoCloudTask, ports: CopyPorts, patienceMs: number, signal: AbortSignal): Promise<string | null> {
  const into = await importsAt(plan, ports, patienceMs, signal)
  return await into.assembled(plan.target.placeRef, plan.token, { signal })
}

/** The machine as the console shows it. */
async function shownThere(plan: IntoCloudTask, ports: CopyPorts, patienceMs: number, signal: AbortSignal) {
  const ref = await madeThere(plan, ports, patienceMs, signal)
  return ref === null ? undefined : ports.inventory.get('machine', objectId<MachineId>(plan.target.connectionId, 'm', ref))
}
