import type { AppError, Json } from '../../../shared/errors/index.ts'
import type { VolumePlace } from '../../../shared/model/index.ts'
import { keeperOf } from '../build/disk-step.ts'
import type { RunContext } from '../tasks/task-kind.ts'
import { linkBack } from '../volumes/link-back.ts'
import { type CopyPorts, copyMemoSchema } from './copy-disk.ts'
import { copyStepId } from './copy-disk-steps.ts'
import type { DiskCopy, ImportCopy } from './copy-plans.ts'
import { flattenMemoSchema, flattenStepId } from './flatten-step.ts'
import type { TransferTask } from './transfer-task.ts'

export interface CopiedFrom extends Pick<TransferTask, 'connectionId' | 'sourceHostRef' | 'flattened'> {
  readonly copies: ReadonlyArray<DiskCopy | ImportCopy>
}

/**
 * Whether the source's own disks are still what was copied of them. A machine that was started and shut down again between its last byte and now
 * is off, and has written what nobody else has. Throws what `problem` makes of the first that is another; where its host tells no versions nobody
 * can know.
 */
export async function refuseWritten(
  { connectionId, sourceHostRef, flattened, copies }: CopiedFrom,
  { links, clock }: Pick<CopyPorts, 'links' | 'clock'>,
  { memos, signal }: Pick<RunContext, 'memos' | 'signal'>,
  { patienceMs, problem }: { readonly patienceMs: number; readonly problem: (place: VolumePlace) => AppError },
): Promise<void> {
  const known = [
    ...flattened.map(({ from }, index) => ({ place: from, version: versionIn(flattenMemoSchema, memos.get(flattenStepId(index))) })),
    ...copies.map(({ from: { place } }, index) => ({ place, version: versionIn(copyMemoSchema, memos.get(copyStepId(index))) })),
  ]
  // whole copies on the way are the task's own, and go before the source does
  const isOnTheWay = ({ pool, volume }: VolumePlace) => flattened.some(({ place }) => place.pool === pool && place.volume === volume)
  const own = known.filter(({ place, version }) => version !== null && !isOnTheWay(place))
  if (own.length === 0) return
  const keeper = keeperOf({ link: await linkBack(links, clock, connectionId, patienceMs, signal) })
  for (const { place, version } of own) {
    const now = await keeper.state(sourceHostRef, place, { signal })
    if (now.version !== null && now.version !== version) throw problem(place)
  }
}

function versionIn(schema: typeof flattenMemoSchema | typeof copyMemoSchema, memo: Json | undefined): string | null {
  return memo === undefined || memo === null ? null : schema.parse(memo).version
}
