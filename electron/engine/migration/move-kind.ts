import { z } from 'zod'
import type { Json } from '../../../shared/errors/index.ts'
import type { MigrationLive, MigrationPhase } from '../../../shared/model/index.ts'
import type { Clock, MoveOptions, MoveOrder, MoveProgress } from '../../providers/provider.ts'
import { diskStep } from '../build/disk-step.ts'
import { delay } from '../tasks/deadline.ts'
import type { RunContext, Step, StepContext, TaskKind } from '../tasks/task-kind.ts'
import type { LiveMoves } from './live-moves.ts'
import { blocked, notVerified, twoTruths, warned } from './migration-errors.ts'
import { MIGRATE_KIND, type MovePlan, movePlanSchema } from './move-plan.ts'
import { lookBefore, type PreflightPorts } from './preflight.ts'
import { endsOf, linkTo } from './sides.ts'

const MINUTE_MS = 60_000
/** A machine of a terabyte over a gigabit takes some hours. */
const MOVE_TIMEOUT_MS = 24 * 60 * MINUTE_MS
const VERIFY_MS = MINUTE_MS
const LOOK_AGAIN_MS = 1_000

export interface MoveKindPorts extends PreflightPorts {
  readonly clock: Clock
  readonly live: LiveMoves
}

/** Moves one machine: looked at once more, its volumes made, moved, verified, tidied up. It runs exactly once at every moment. */
export function moveKind(ports: MoveKindPorts): TaskKind {
  return {
    kind: MIGRATE_KIND,
    steps(json) {
      const plan = movePlanSchema.parse(json)
      return [
        checkStep(plan, ports),
        ...plan.volumes.map((volume, index) => volumeStep(plan, volume, index, ports)),
        moveStep(plan, ports),
        verifyStep(plan, ports),
        ...(plan.spec.sourceDisks === 'delete' ? plan.volumes.map((volume, index) => removeStep(volume, index)) : []),
      ]
    },
  }
}

const endIds = ({ sourceHostId, spec: { targetHostId } }: MovePlan) => ({ sourceHostId, targetHostId })

function checkStep({ spec, name, acceptsWarnings }: MovePlan, ports: MoveKindPorts): Step {
  return {
    id: 'check',
    weight: 1,
    timeoutMs: MINUTE_MS,
    cancel: 'now',
    async run({ signal }) {
      // it is this very task that keeps the machine busy
      const { preflight } = await lookBefore({ ...ports, busyWith: () => undefined }, spec, signal)
      if (preflight.findings.some(({ severity }) => severity === 'blocks')) throw blocked(name, preflight.findings)
      if (!acceptsWarnings && preflight.findings.some(({ severity }) => severity === 'warns')) throw warned(name, preflight.findings)
    },
    probe: () => Promise.resolve('not-done'),
  }
}

/** An empty volume at the target, in which the disk will lie; taken away again when the move does not come about. */
function volumeStep({ spec, targetHostRef }: MovePlan, volume: MovePlan['volumes'][number], index: number, ports: MoveKindPorts): Step {
  const { pool, volume: name, format, capacityBytes } = volume
  const disk = {
    place: { pool, volume: name },
    request: { kind: 'empty' as const, format, capacityBytes },
    bytes: 1,
  }
  const step = diskStep({ hostRef: targetHostRef, sourceId: null }, disk, index, ports)
  const there = <C extends StepContext>(context: C): C => {
    const host = ports.inventory.get('host', spec.targetHostId)
    return { ...context, link: host ? linkTo(host, ports.inventory, ports.links) : null }
  }
  const { takeBack } = step
  return {
    ...step,
    id: `volume-${index}`,
    prepare: async (context) => (await step.prepare?.(there(context))) ?? null,
    run: (context) => step.run(there(context)),
    probe: (context) => step.probe(there(context)),
    ...(takeBack && {
      takeBack: { ...takeBack, run: (context) => takeBack.run(there(context)), probe: (context) => takeBack.probe(there(context)) },
    }),
  }
}

const memoSchema = z.object({ again: z.boolean() })
const FIRST: Json = { again: false }
const AGAIN: Json = { again: true }

function moveStep(plan: MovePlan, ports: MoveKindPorts): Step {
  const { spec, ref, files, volumes, targetAddress, targetUri } = plan
  const order: MoveOrder = {
    spec,
    files,
    copies: spec.mode === 'cold' ? [] : volumes.map(({ target }) => target),
    targetAddress,
    targetUri,
  }
  const ends = () => endsOf(endIds(plan), ports.inventory, ports.links)
  return {
    id: 'move',
    weight: 100,
    timeoutMs: MOVE_TIMEOUT_MS,
    cancel: 'now',
    prepare: ({ memo }) => Promise.resolve(memo === null ? FIRST : AGAIN),
    async run(context) {
      const { signal, memo, progress: onProgress } = context
      const { from, receiver } = ends()
      const options: MoveOptions = { signal, onProgress, onMove: told(plan, context, ports) }
      if (memoSchema.parse(memo).again && (await settled(plan, ports, options)) === 'moved') return
      await from.move(ref, order, receiver, options)
    },
    async probe({ signal }) {
      const { from, to } = ends()
      const [here, there] = await Promise.all([from.standing(ref, { signal }), to.standing(ref, { signal })])
      if (here.state === 'absent' && (there.state === 'running' || there.state === 'paused' || there.state === 'off')) return 'done'
      return 'not-done'
    },
  }
}

/** What a move that broke off has left is put right: it ends up running at one of the two hosts. Answers at which. */
async function settled(plan: MovePlan, ports: MoveKindPorts, options: MoveOptions): Promise<'moved' | 'stayed'> {
  const { ref, name } = plan
  const { from, to } = endsOf(endIds(plan), ports.inventory, ports.links)
  const { signal = new AbortController().signal } = options
  await from.follow(ref, options).catch(() => null)
  for (let looks = 0; ; looks += 1) {
    const [here, there] = await Promise.all([from.standing(ref, { signal }), to.standing(ref, { signal })])
    if (here.state === 'absent' && there.state !== 'absent' && there.state !== 'incoming') return 'moved'
    if (here.state === 'left-paused' && there.state === 'running') {
      await from.settle(ref, 'give-up', { signal })
      return 'moved'
    }
    if (there.state === 'absent') {
      if (here.state === 'left-paused') await from.settle(ref, 'run', { signal })
      if (here.state !== 'outgoing') return 'stayed'
    }
    // a daemon may still be ending what it has begun
    if (looks > 30) throw twoTruths(name, here.state, there.state)
    await delay(ports.clock, LOOK_AGAIN_MS, signal)
  }
}

function told({ spec, prediction }: MovePlan, { task }: RunContext, { live, clock }: MoveKindPorts): (progress: MoveProgress) => void {
  const startedAtMs = clock.nowMs()
  return (progress) =>
    live.put(
      liveOf(
        { taskId: task.id, machineId: spec.machineId, startedAtMs, atMs: clock.nowMs(), ...progress },
        prediction?.totalMs.likely ?? null,
      ),
    )
}

function liveOf(
  seen: Omit<MigrationLive, 'expectedEndAtMs' | 'can'> & { readonly phase: MigrationPhase },
  predictedMs: number | null,
): MigrationLive {
  const { memory, disk, bandwidthBytesPerS, atMs, startedAtMs, phase } = seen
  const remaining = (memory?.remaining ?? 0) + (disk?.remaining ?? 0)
  const byRate = bandwidthBytesPerS ? atMs + (remaining / bandwidthBytesPerS) * 1_000 : null
  const no = phase === 'post-copy' || phase === 'switching' ? { code: 'migration.too-late', text: 'It switches over already.' } : null
  return {
    ...seen,
    expectedEndAtMs: byRate ?? (predictedMs === null ? null : startedAtMs + predictedMs),
    can: { bandwidth: no, downtime: no, postCopy: no },
  }
}

/** The target's own word that it is there, as it was: running, or off, and kept. */
function verifyStep(plan: MovePlan, ports: MoveKindPorts): Step {
  const { spec, ref, name, isPersistent } = plan
  const wanted = spec.mode === 'cold' ? ['off'] : ['running', 'paused']
  const look = async (signal: AbortSignal) => {
    const { to } = endsOf(endIds(plan), ports.inventory, ports.links)
    const there = await to.standing(ref, { signal })
    return { ...there, isRight: wanted.includes(there.state) && there.isPersistent === isPersistent }
  }
  return {
    id: 'verify',
    weight: 1,
    timeoutMs: VERIFY_MS,
    cancel: 'never',
    keepsOthers: true,
    async run({ signal }) {
      const { isRight, state } = await look(signal)
      if (!isRight) throw notVerified(name, state)
    },
    probe: async ({ signal }) => ((await look(signal)).isRight ? 'done' : 'not-done'),
  }
}

/** The source's file, which nobody uses any more: the keeper of volumes looks once more that this is so. */
function removeStep({ from }: MovePlan['volumes'][number], index: number): Step {
  return {
    id: `clean-${index}`,
    weight: 1,
    timeoutMs: 10 * MINUTE_MS,
    cancel: 'boundary',
    keepsOthers: true,
    async run({ link, signal }) {
      if (from && link?.volumes) await link.volumes.remove('', from, { signal })
    },
    probe: async ({ link, signal }) => (from && link?.volumes && (await link.volumes.find('', from, { signal })) ? 'not-done' : 'done'),
  }
}
