import { randomBytes } from 'node:crypto'
import type { VolumePlace } from '../../../../shared/model/index.ts'
import type { StoragePoolRef } from '../../../libvirt/index.ts'
import { at, attributeOf, parseXml, textOf } from '../../../xml/index.ts'
import type { HostShell, ProgramResult } from '../host-shell.ts'
import { needFreeName } from './unfinished.ts'
import { activePool, availableBytes, lookAnew, lookUp, type VolumeContext, within } from './volume-context.ts'
import { cannotWrite, poolFull, poolIsNoFolder, volumeNameTaken } from './volume-problems.ts'

/** Pools whose volumes are files of one folder. */
const FOLDERS: ReadonlySet<string> = new Set(['dir', 'fs', 'netfs'])

/** A new file of a pool on its way: written as a draft, and given its name once it is whole. */
export interface Draft {
  readonly pool: StoragePoolRef
  readonly place: VolumePlace
  readonly path: string
  readonly finalPath: string
}

/** Throws `conflict` volume.name-taken, `unsupported` volume.pool-no-folder, `forbidden` volume.cannot-write. */
export async function beginDraft(context: VolumeContext, shell: HostShell, place: VolumePlace): Promise<Draft> {
  const pool = await activePool(context, place.pool)
  await needFreeName(context, pool, place)
  const { xml } = await context.host.call('storagePoolGetXmlDesc', { pool, flags: 0 }, within(context))
  const element = parseXml(xml)
  const type = attributeOf(element, 'type') ?? 'unknown'
  const folder = textOf(at(element, 'target'), 'path')
  if (!FOLDERS.has(type) || folder === null) throw poolIsNoFolder(place.pool, type)
  const { code } = await shell.run(['test', '-w', folder], { signal: context.work.signal })
  if (code !== 0) throw cannotWrite(place.pool, folder)
  const finalPath = `${folder}/${place.volume}`
  // A name of its own each time: what an attempt left that nobody could clear up is in nobody's way.
  return { pool, place, finalPath, path: `${folder}/${place.volume}.${randomBytes(4).toString('hex')}.being-made` }
}

/** A hard link never takes the place of a file that is there; where the file system has none, `mv` is asked not to. */
const NAME = 'ln -T -- "$1" "$2" 2>/dev/null && rm -f -- "$1" && exit 0; [ -e "$2" ] && exit 3; mv -n -T -- "$1" "$2" && [ ! -e "$1" ]'

/** Gives the draft its name and has libvirt see it. Throws `conflict` volume.name-taken. */
export async function nameDraft(context: VolumeContext, shell: HostShell, draft: Draft): Promise<void> {
  context.work.signal.throwIfAborted()
  context.work.sent = true
  const { code } = await shell.run(['sh', '-c', NAME, 'sh', draft.path, draft.finalPath], { signal: context.work.signal })
  if (code !== 0) throw volumeNameTaken(draft.place)
  await untilSeen(context, draft)
}

/** A pool in which something else is being made is not looked at anew: the next moment it may be. */
async function untilSeen(context: VolumeContext, { pool, place }: Draft): Promise<void> {
  const { clock, work } = context
  for (;;) {
    await lookAnew(context, pool, 0)
    if (await lookUp(context, pool, place.volume)) return
    await new Promise<void>((resolve) => clock.after(LOOK_AGAIN_MS, resolve))
    work.signal.throwIfAborted()
  }
}

const LOOK_AGAIN_MS = 1_000

/** Even when nobody waits for it any more. */
export async function dropDraft(shell: HostShell, draft: Draft): Promise<void> {
  await shell.run(['rm', '-f', '--', draft.path], { signal: AbortSignal.timeout(30_000) })
}

/** What is written of it. */
export async function draftBytes(shell: HostShell, draft: Draft, signal: AbortSignal): Promise<number> {
  const { stdout } = await shell.run(['stat', '-c', '%b', '--', draft.path], { signal })
  return Number(stdout) * 512 || 0
}

/** A program failed: was it for want of room? Throws `exhausted` volume.pool-full then, else nothing. The draft is still there. */
export async function throwIfFull(context: VolumeContext, { pool }: Draft, result: ProgramResult): Promise<void> {
  await lookAnew(context, pool, 0)
  const available = await availableBytes(context, pool)
  if (available < LEAST_BYTES || NO_ROOM.test(result.stderr)) throw poolFull(pool.name, null, available)
}

/** Where less is left, the rest was too little: curl does not say why it could not write. */
const LEAST_BYTES = 65_536
/** strerror of ENOSPC and EDQUOT in the C locale, which programs run in here. */
const NO_ROOM = /No space left on device|Disk quota exceeded/
