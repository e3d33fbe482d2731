import { z } from 'zod'
import type { Json } from '../../../shared/errors/index.ts'
import type { MachineMover, SnapshotChanges, SnapshotRecord, SnapshotRecords } from '../../providers/provider.ts'
import { delay } from '../tasks/deadline.ts'
import type { Step } from '../tasks/task-kind.ts'
import { pathOf } from './carriage.ts'
import type { WherePorts } from './journey.ts'
import { notVerified, snapshotsNowhere } from './migration-errors.ts'
import { journeyOf, type MovePlan } from './move-plan.ts'
import { isThere } from './standings.ts'
import { lookAtBoth, moverSoon } from './whereabouts.ts'

const MINUTE_MS = 60_000
/** A machine that is there is let run within so long. */
const RUNS_WAIT_MS = 10_000
const LOOK_AGAIN_MS = 500

const FORGET = 'forget-snapshots'
const RECALL = 'recall-snapshots'

const memoSchema = z.object({
  records: z.array(z.object({ name: z.string(), parent: z.string().nullable(), isCurrent: z.boolean(), text: z.string() })),
})

/**
 * libvirt moves no machine that it knows snapshots of. They are in the journal before the source forgets them; their data are not touched. When the
 * move does not come about, they are made known again where the machine is.
 */
export function forgetSnapshotsStep(plan: MovePlan, ports: WherePorts): Step {
  const { ref, name, source } = plan
  const journey = journeyOf(plan)
  const recordsOf = (memo: Json) => (memo === null ? [] : memoSchema.parse(memo).records)
  /** Of those that the source knows; none of a machine that is not there. */
  async function readHere(signal: AbortSignal): Promise<readonly SnapshotRecord[]> {
    const from = await moverSoon(source.hostId, ports, MINUTE_MS, signal)
    return (await from.standing(ref, { signal })).state === 'absent' ? [] : await snapshotsOf(from).read(ref, { signal })
  }
  /** The one that has the machine. Throws `indeterminate` migration.snapshots-nowhere. */
  async function holder(signal: AbortSignal): Promise<{ readonly at: MachineMover; readonly changes: SnapshotChanges | null }> {
    const { verdict, here, there, from, to } = await lookAtBoth(journey, ports, 0, signal)
    if (isThere(verdict) && to) return { at: to, changes: changesOf(plan) }
    if (here === 'off' || here === 'running' || here === 'paused') return { at: from, changes: null }
    throw snapshotsNowhere(name, here, there ?? 'unknown')
  }
  return {
    id: FORGET,
    weight: 1,
    timeoutMs: 5 * MINUTE_MS,
    cancel: 'boundary',
    // as the move that follows
    waitsForLink: plan.carriage !== null,
    prepare: async ({ memo, signal }) => memo ?? asJson(await readHere(signal)),
    async run({ memo, remember, signal }) {
      const now = await readHere(signal)
      const noted = recordsOf(memo)
      const records = withNew(noted, now)
      if (records !== noted) await remember(asJson(records))
      if (now.length === 0) return
      const from = await moverSoon(source.hostId, ports, MINUTE_MS, signal)
      await snapshotsOf(from).forget(
        ref,
        now.map((one) => one.name),
        { signal },
      )
    },
    probe: async ({ memo, signal }) => (memo !== null && (await readHere(signal)).length === 0 ? 'done' : 'not-done'),
    takeBack: {
      what: `snapshots of ${name}, which no host knows`,
      timeoutMs: 5 * MINUTE_MS,
      async run({ memo, signal }) {
        const { at, changes } = await holder(signal)
        const from = await moverSoon(source.hostId, ports, 0, signal)
        await snapshotsOf(at).recall(ref, recordsOf(memo), { changes, from: snapshotsOf(from) }, { signal })
      },
      async probe({ memo, signal }) {
        const { at } = await holder(signal)
        return knows(await snapshotsOf(at).read(ref, { signal }), recordsOf(memo)) ? 'done' : 'not-done'
      },
    },
  }
}

/** Makes them known at the target, once the machine is there. */
export function recallSnapshotsStep(plan: MovePlan, ports: WherePorts): Step {
  const { ref, name, spec, source } = plan
  return {
    id: RECALL,
    weight: 1,
    timeoutMs: 10 * MINUTE_MS,
    cancel: 'never',
    keepsOthers: true,
    waitsForLink: true,
    async run({ memos, signal, remember }) {
      const { records } = memoSchema.parse(memos.get(FORGET))
      const to = await moverSoon(spec.targetHostId, ports, MINUTE_MS, signal)
      await isReady(to, signal)
      const from = await moverSoon(source.hostId, ports, 0, signal)
      const shut = await snapshotsOf(to).recall(ref, records, { changes: changesOf(plan), from: snapshotsOf(from) }, { signal })
      await remember({ shut: [...shut] })
    },
    // told of twice, a host knows them as well as before
    probe: () => Promise.resolve('not-done'),
  }

  /** While it is received, its host lets nobody else work on it. */
  async function isReady(to: MachineMover, signal: AbortSignal): Promise<void> {
    for (const sinceMs = ports.clock.nowMs(); ; ) {
      const { state } = await to.standing(ref, { signal })
      if (state === 'off' || state === 'running' || state === 'paused') return
      if (ports.clock.nowMs() - sinceMs > RUNS_WAIT_MS) throw notVerified(name, state)
      await delay(ports.clock, LOOK_AGAIN_MS, signal)
    }
  }
}

/** Displays in them are shut, as their passwords were lost on the way. */
export function hasShutDisplays(memos: ReadonlyMap<string, Json>): boolean {
  const told = z.object({ shut: z.array(z.string()) }).safeParse(memos.get(RECALL))
  return told.success && told.data.shut.length > 0
}

/** What was noted stays as it was: a host that was stopped in the middle names another one as the last. What has come since is added. */
function withNew(noted: readonly SnapshotRecord[], now: readonly SnapshotRecord[]): readonly SnapshotRecord[] {
  const fresh = now.filter(({ name }) => !noted.some((one) => one.name === name))
  if (fresh.length === 0) return noted
  const isOvertaken = fresh.some(({ isCurrent }) => isCurrent)
  return [...noted.map((one) => (isOvertaken ? { ...one, isCurrent: false } : one)), ...fresh]
}

function knows(there: readonly SnapshotRecord[], records: readonly SnapshotRecord[]): boolean {
  return records.every(({ name, isCurrent }) => there.some((one) => one.name === name && (one.isCurrent || !isCurrent)))
}

/** As the machine's own definition changes on its way. */
function changesOf({ spec, name, volumes, carriage }: MovePlan): SnapshotChanges {
  return {
    name: spec.rename ?? name,
    nics: spec.nics,
    files: volumes.flatMap(({ target: dev, folder, volume, format, from }) =>
      folder === null || from === null
        ? []
        : [
            {
              target: dev,
              from: { pool: from.pool, volume: from.volume, path: `${from.folder}/${from.volume}` },
              path: `${folder}/${volume}`,
              format,
            },
          ],
    ),
    nvram: carriage?.nvram ? { from: pathOf(carriage.nvram.from), path: pathOf(carriage.nvram.to) } : null,
  }
}

function snapshotsOf({ snapshots }: MachineMover): SnapshotRecords {
  if (!snapshots) throw new Error('planned for hosts whose snapshots come along')
  return snapshots
}

function asJson(records: readonly SnapshotRecord[]): Json {
  return { records: records.map((one) => ({ ...one })) }
}
