import { isAppError } from '../../../shared/errors/index.ts'
import type { HostId } from '../../../shared/model/index.ts'
import { OUTCOME_NOTE, type ProviderConnection } from '../../providers/provider.ts'
import { diskStep } from '../build/disk-step.ts'
import type { Step, StepContext, TakeBack } from '../tasks/task-kind.ts'
import type { WherePorts } from './journey.ts'
import { diskAlone, diskInUse } from './migration-errors.ts'
import { journeyOf, type MovePlan } from './move-plan.ts'
import { linkSoon, lookAtBoth, moverSoon, settledWhere } from './whereabouts.ts'

const MINUTE_MS = 60_000
/** The link of a task is its source's; that to the target is waited for by itself. */
const RUN_PATIENCE_MS = MINUTE_MS
const LOOK_PATIENCE_MS = 10_000

type Volume = MovePlan['volumes'][number]

/** An empty volume at the target, in which the disk will lie; taken away again when the move does not come about. */
export function volumeStep(plan: MovePlan, volume: Volume, index: number, ports: WherePorts): Step {
  const { spec, target } = plan
  const { pool, volume: name, format, capacityBytes } = volume
  const disk = { place: { pool, volume: name }, request: { kind: 'empty' as const, format, capacityBytes }, bytes: 1 }
  const { takeBack, ...step } = diskStep({ hostRef: target.hostRef, sourceId: null }, disk, index, ports)
  async function there<C extends StepContext>(context: C, patienceMs: number): Promise<C & { readonly link: ProviderConnection }> {
    return { ...context, link: await linkSoon(spec.targetHostId, ports, patienceMs, context.signal) }
  }
  return {
    ...step,
    id: `volume-${index}`,
    prepare: async (context) => (await step.prepare?.(await there(context, LOOK_PATIENCE_MS))) ?? null,
    run: async (context) => await step.run(await there(context, RUN_PATIENCE_MS)),
    probe: async (context) => await step.probe(await there(context, LOOK_PATIENCE_MS)),
    ...(takeBack && {
      takeBack: {
        ...unlessThere(
          endsOfMove(plan, ports),
          { ...takeBack, run: async (context) => await takeBack.run(await there(context, RUN_PATIENCE_MS)) },
          ports,
        ),
        probe: async (context) => await takeBack.probe(await there(context, LOOK_PATIENCE_MS)),
      },
    }),
  }
}

interface Ends {
  readonly ref: string
  readonly name: string
  readonly sourceHostId: HostId
  readonly targetHostId: HostId
  /** Ends what still receives at the target, of a machine that has stayed; anything else may be somebody's, and is left as it is. */
  readonly giveUpRest?: (signal: AbortSignal) => Promise<void>
}

/** What {@link unlessThere} asks for, of a move. */
export function endsOfMove(plan: MovePlan, ports: WherePorts): Ends {
  const journey = journeyOf(plan)
  return {
    ...journey,
    async giveUpRest(signal) {
      const { verdict } = await lookAtBoth(journey, ports, 0, signal)
      if (verdict === 'receiving') await settledWhere(journey, ports, { signal }, null)
    },
  }
}

/**
 * A disk at the target is taken away only while its machine is at the source, and there alone: one that is at neither may have been moved on
 * with it, or was removed, and the copy is the last one. A target that was away when the machine was put right may still hold a part of it.
 */
export function unlessThere({ ref, name, sourceHostId, targetHostId, giveUpRest }: Ends, takeBack: TakeBack, ports: WherePorts): TakeBack {
  const isAt = async (hostId: HostId, signal: AbortSignal) =>
    (await (await moverSoon(hostId, ports, RUN_PATIENCE_MS, signal)).standing(ref, { signal })).state !== 'absent'
  return {
    ...takeBack,
    async run(context) {
      const { signal } = context
      if (giveUpRest && (await isAt(targetHostId, signal))) await giveUpRest(signal)
      if (await isAt(targetHostId, signal)) throw diskInUse(name, takeBack.what)
      if (!(await isAt(sourceHostId, signal))) throw diskAlone(name, takeBack.what)
      await takeBack.run(context)
    },
  }
}

/**
 * The source's file, which nobody uses any more: the keeper of volumes looks once more that this is so. One that cannot be deleted is told of;
 * the machine has moved all the same.
 */
export function removeStep({ source }: MovePlan, { from }: Volume, index: number): Step {
  return {
    id: `clean-${index}`,
    weight: 1,
    timeoutMs: 10 * MINUTE_MS,
    cancel: 'boundary',
    keepsOthers: true,
    waitsForLink: true,
    async run({ link, signal, progress }) {
      try {
        if (from && link?.volumes) await link.volumes.remove(source.hostRef, from, { signal })
        else progress({ note: `${OUTCOME_NOTE}source-disk-left` })
      } catch (thrown) {
        if (!isAppError(thrown) || LATER.has(thrown.kind)) throw thrown
        if (thrown.kind !== 'not-found') progress({ note: `${OUTCOME_NOTE}source-disk-left` })
      }
    },
    async probe({ link, signal }) {
      const isLeft = from && link?.volumes && (await link.volumes.find(source.hostRef, from, { signal }))
      return isLeft ? 'not-done' : 'done'
    },
  }
}

/** Of these the task knows what to do. */
export const LATER: ReadonlySet<string> = new Set(['unreachable', 'indeterminate', 'timeout', 'cancelled', 'bug'])
