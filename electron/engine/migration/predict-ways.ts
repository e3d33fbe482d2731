import type { MigrationPrediction, MigrationSpec } from '../../../shared/model/index.ts'

type Way = MigrationPrediction['waysOut'][number]

const DOWNTIMES_MS = [500, 1_000, 2_000, 5_000, 10_000, 30_000] as const
const CHANNELS = 4

/** What would end a move that does not end by itself, what costs least first. `ends` answers whether it does with that wish. */
export function waysOut(spec: MigrationSpec, ends: (changed: MigrationSpec) => boolean): Way[] {
  const now = spec.maxDowntimeMs ?? 300
  const longer = DOWNTIMES_MS.find((maxDowntimeMs) => maxDowntimeMs > now && ends({ ...spec, maxDowntimeMs }))
  const tried: ReadonlyArray<Way | null> = [
    spec.bandwidthBytesPerS === null ? null : way('full-bandwidth', 'Send as fast as it goes', { bandwidthBytesPerS: null }),
    spec.parallel > 1 || spec.tunnelled || spec.compress
      ? null
      : way('parallel', `Send over ${CHANNELS} connections`, { parallel: CHANNELS }, { count: String(CHANNELS) }),
    longer === undefined
      ? null
      : way('longer-downtime', `Let it stand still for up to ${longer} ms`, { maxDowntimeMs: longer }, { ms: String(longer) }),
    spec.autoConverge ? null : way('auto-converge', 'Slow the guest down while it moves', { autoConverge: true }),
    spec.postCopy ? null : way('post-copy', 'Switch over before all memory is there', { postCopy: true }),
  ]
  const paused = way('paused', 'Let it stand still for the whole move', { mode: 'paused' })
  const helpful = tried.filter((one) => one !== null).filter(({ set }) => ends({ ...spec, ...(set as Partial<MigrationSpec>) }))
  return [...helpful, paused]
}

function way(code: string, text: string, set: Way['set'], params: Readonly<Record<string, string>> = {}): Way {
  return { label: { code: `migration.mend.${code}`, text, params: { ...params } }, set }
}
