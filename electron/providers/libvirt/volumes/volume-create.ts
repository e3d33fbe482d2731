import { isAppError } from '../../../../shared/errors/index.ts'
import { DISK_FORMATS, type VolumePlace } from '../../../../shared/model/index.ts'
import type { StoragePoolRef, StorageVolRef } from '../../../libvirt/index.ts'
import { CANCELLED_BY_PERSON, type VolumeRequest } from '../../provider.ts'
import { libvirtNumber, toProblem } from '../problems.ts'
import { formatIn } from './partition.ts'
import { conditionOf, copyKey, mark, needFreeName, unmark } from './unfinished.ts'
import {
  activePool,
  availableBytes,
  change,
  deleteQuietly,
  type FoundVolume,
  findVolume,
  lookAnew,
  lookUp,
  needRoom,
  type VolumeContext,
} from './volume-context.ts'
import { formatUnknown, poolFull, volumeNameTaken, volumeUnfinished } from './volume-problems.ts'
import { newVolumeXml } from './volume-xml.ts'

/** How often a copy is looked at, for its progress. */
const LOOK_MS = 500

type CopyRequest = Extract<VolumeRequest, { kind: 'copy' }>

/** Makes a volume. Throws `conflict` volume.name-taken, `exhausted` volume.pool-full. */
export async function createVolume(context: VolumeContext, place: VolumePlace, request: VolumeRequest): Promise<void> {
  const pool = await activePool(context, place.pool)
  if (request.kind !== 'linked' && !(DISK_FORMATS as readonly string[]).includes(request.format)) throw formatUnknown(request.format)
  await needFreeName(context, pool, place)
  const format = await formatIn(context, pool, place, request.kind === 'linked' ? 'qcow2' : request.format)
  try {
    if (request.kind === 'empty') await createEmpty(context, pool, place, { ...request, format })
    else await createFrom(context, pool, place, request.kind === 'copy' ? { ...request, format } : request)
  } finally {
    context.touchPools()
  }
}

async function createEmpty(
  context: VolumeContext,
  pool: StoragePoolRef,
  place: VolumePlace,
  { format, capacityBytes }: Extract<VolumeRequest, { kind: 'empty' }>,
): Promise<void> {
  const xml = newVolumeXml({ name: place.volume, format, capacityBytes })
  await explaining(context, pool, place, null, () => change(context, 'storageVolCreateXml', { pool, xml, flags: 0 }))
}

async function createFrom(
  context: VolumeContext,
  pool: StoragePoolRef,
  place: VolumePlace,
  request: Exclude<VolumeRequest, { kind: 'empty' }>,
): Promise<void> {
  const source = await findVolume(context, request.from)
  const sourcePool = request.from.pool === pool.name ? pool : await activePool(context, request.from.pool)
  if ((await conditionOf(context, sourcePool, source.vol)) !== 'whole') throw volumeUnfinished(request.from)
  const capacityBytes = Math.max(source.facts.capacityBytes, request.capacityBytes ?? 0)
  if (request.kind === 'copy') {
    const key = copyKey(pool, place.volume)
    context.copies.add(key)
    try {
      await copy(context, pool, place, source, request)
    } finally {
      context.copies.delete(key)
    }
    return
  }
  const { path, format } = source.facts
  const xml = newVolumeXml({ name: place.volume, format: 'qcow2', capacityBytes, backing: { path, format: format ?? 'raw' } })
  await explaining(context, pool, place, null, () => change(context, 'storageVolCreateXml', { pool, xml, flags: 0 }))
}

async function copy(
  context: VolumeContext,
  pool: StoragePoolRef,
  place: VolumePlace,
  source: FoundVolume,
  { format, capacityBytes }: CopyRequest,
): Promise<void> {
  const { facts } = source
  await needRoom(context, pool, facts.allocationBytes)
  await mark(context, pool, place.volume)
  let made: StorageVolRef
  try {
    const xml = newVolumeXml({ name: place.volume, format, capacityBytes: facts.capacityBytes })
    made = await explaining(context, pool, place, facts.allocationBytes, () => copying(context, pool, source, place.volume, xml))
  } catch (error) {
    // What libvirt could not copy it has taken away itself. Of a lost answer nobody knows, and the mark stays.
    if (!context.work.sent || isAnswer(error)) await unmark(context, pool, place.volume)
    throw error
  }
  if (isGivenUp(context)) {
    await deleteQuietly(context, pool, place.volume)
    await unmark(context, pool, place.volume)
    return
  }
  if (capacityBytes !== null && capacityBytes > facts.capacityBytes) {
    await change(context, 'storageVolResize', { vol: made, capacity: BigInt(capacityBytes), flags: 0 })
  }
  await unmark(context, pool, place.volume)
}

/** The host said no. */
function isAnswer(error: unknown): boolean {
  return libvirtNumber(error) !== undefined || (isAppError(error) && (error.kind === 'conflict' || error.kind === 'exhausted'))
}

/** A person asked to cancel. libvirt cannot be stopped in the middle of a copy: it is waited for and taken away then. */
function isGivenUp({ work }: VolumeContext): boolean {
  const reason: unknown = work.signal.reason
  return work.signal.aborted && isAppError(reason) && reason.code === CANCELLED_BY_PERSON
}

/** The call that copies, with a look at what is there already now and then. Goes on when nobody waits for it any more. */
async function copying(
  context: VolumeContext,
  pool: StoragePoolRef,
  { vol, facts }: FoundVolume,
  name: string,
  xml: string,
): Promise<StorageVolRef> {
  const { host, work } = context
  work.signal.throwIfAborted()
  const unsent = new AbortController()
  const giveUp = () => {
    if (!work.sent) unsent.abort(work.signal.reason)
  }
  work.signal.addEventListener('abort', giveUp, { once: true })
  const onSent = () => {
    work.sent = true
  }
  const bounds = { signal: unsent.signal, timeoutMs: Number.POSITIVE_INFINITY, onSent }
  const stop = watchGrowth(context, pool, name, facts.allocationBytes)
  try {
    return (await host.call('storageVolCreateXmlFrom', { pool, xml, clonevol: vol, flags: 0 }, bounds)).vol
  } finally {
    stop()
    work.signal.removeEventListener('abort', giveUp)
  }
}

function watchGrowth(context: VolumeContext, pool: StoragePoolRef, name: string, bytesTotal: number): () => void {
  const { clock, host, work, progress } = context
  let cancel = () => {}
  let over = false
  const look = async () => {
    try {
      const { vol } = await host.call('storageVolLookupByName', { pool, name }, { signal: work.signal })
      const { allocation } = await host.call('storageVolGetInfo', { vol }, { signal: work.signal })
      if (!over) progress({ bytesDone: Math.min(Number(allocation), bytesTotal), bytesTotal })
    } catch {
      // It is not there yet, or the daemon is busy with it: the next look may see it.
    }
    if (!over && !work.signal.aborted) cancel = clock.after(LOOK_MS, () => void look())
  }
  cancel = clock.after(LOOK_MS, () => void look())
  return () => {
    over = true
    cancel()
  }
}

/** Why the host could not make it, as far as a look afterwards tells: the name was taken meanwhile, or the room was. */
async function explaining<T>(
  context: VolumeContext,
  pool: StoragePoolRef,
  place: VolumePlace,
  neededBytes: number | null,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run()
  } catch (error) {
    const problem = toProblem(error)
    if (libvirtNumber(error) === undefined || problem.kind === 'conflict' || problem.kind === 'unsupported') throw error
    context.work.signal.throwIfAborted()
    await lookAnew(context, pool, 0)
    if (await lookUp(context, pool, place.volume)) throw volumeNameTaken(place, error)
    const available = await availableBytes(context, pool)
    if (available < (neededBytes ?? 1)) throw poolFull(pool.name, neededBytes, available, error)
    throw error
  }
}
