import { constants as c } from '../../../libvirt/index.ts'
import { parseXml } from '../../../xml/index.ts'
import { changedMeanwhile, type Deed, type Keep, type OverlayToMake, type Sight, snapshotNamed } from '../../snapshots/index.ts'
import { activePool, change, findVolume, lookUp, within } from '../volumes/volume-context.ts'
import { newVolumeXml } from '../volumes/volume-xml.ts'
import { takeSnapshot } from './create.ts'
import { deleteFiles } from './delete-files.ts'
import { type DiskFile, withDiskFiles } from './disk-source.ts'
import { withElsewhere } from './file-users.ts'
import { readSight } from './read-sight.ts'
import { redefine } from './redefine.ts'
import type { SnapshotContext } from './snapshot-context.ts'
import { sourcesOf } from './snapshot-xml.ts'

type Beside = Extract<Deed, { readonly do: 'revert-external' }>
type Inside = Extract<Deed, { readonly do: 'revert-internal' }>

interface Wish {
  readonly name: string
  readonly start: boolean
}

/** libvirt does it: the disks, the memory and the definition of then. */
export async function revertInside(context: SnapshotContext, deed: Inside, { name, start }: Wish): Promise<void> {
  const { host, dom } = context
  const { sight } = await readSight(context, true)
  if (deed.keep) await keep(context, sight, deed.keep)
  const { snap } = await host.call('domainSnapshotLookupByName', { dom, name, flags: 0 }, within(context))
  const runs = start && snapshotNamed(sight, name)?.hasMemory === false
  // forced: another process of the hypervisor may be needed, and who looks at the console is cut off then
  const flags = c.VIR_DOMAIN_SNAPSHOT_REVERT_FORCE | (runs ? c.VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING : 0)
  await change(context, 'domainRevertToSnapshot', { snap, flags }, { dedicated: true })
  context.touchDefinition()
}

/**
 * What libvirt 9 cannot: fresh overlays on the frozen files, and the machine defined to write into them. Nothing of the chain is deleted or
 * written to. Every step finds what an earlier attempt has done.
 */
export async function revertBeside(context: SnapshotContext, deed: Beside, { name, start }: Wish): Promise<void> {
  const { host, dom } = context
  const before = await readSight(context, true)
  if (deed.keep && !snapshotNamed(before.sight, deed.keep.name)) await keep(context, before.sight, deed.keep)
  const isThere = deed.overlays.every(({ target, path }) => before.sight.disks.some((disk) => disk.target === target && disk.path === path))
  if (!isThere) {
    if (before.sight.isActive) await change(context, 'domainDestroyFlags', { dom, flags: 0 })
    for (const overlay of deed.overlays) await makeOverlay(context, before.sight, overlay)
    await goOnIn(context, deed.overlays)
  }
  await redefine(context, name, { isCurrent: true })
  // what was written between the keeping and the switching off
  if (deed.keep) {
    await deleteFiles(
      context,
      deed.keep.overlays.map(({ path }) => path),
    )
  }
  const { active } = await host.call('domainIsActive', { dom }, within(context))
  if (active !== 0) return
  if (deed.memoryFile !== null) await restore(context, deed.memoryFile, deed.overlays, before.sight, name)
  else if (start) await change(context, 'domainCreateWithFlags', { dom, flags: 0 })
}

async function keep(context: SnapshotContext, sight: Sight, { name, kind, overlays, memoryFile }: Keep): Promise<void> {
  const taken = { name, description: null, tags: [], scheduleId: null, freeze: false }
  await takeSnapshot(context, sight, { ...taken, overlays: kind === 'internal' ? null : overlays, memoryFile })
}

/** An overlay that an earlier attempt made, and that nothing was written to, is as good as a new one. */
async function makeOverlay(context: SnapshotContext, sight: Sight, { base, pool: poolName, volume, path }: OverlayToMake): Promise<void> {
  const pool = await activePool(context, poolName)
  const frozen = sight.files.get(base)
  const known = await lookUp(context, pool, volume)
  if (known) {
    const { facts } = await findVolume(context, { pool: poolName, volume })
    if (facts.backingPath === base && (await isUnused(context, path))) return
    throw changedMeanwhile(path, facts.backingPath ?? '')
  }
  const backing = { path: base, format: frozen?.format ?? 'qcow2' }
  const xml = newVolumeXml({ name: volume, format: 'qcow2', capacityBytes: frozen?.capacityBytes ?? 0, backing })
  await change(context, 'storageVolCreateXml', { pool, xml, flags: 0 })
  context.touchPools()
}

async function isUnused(context: SnapshotContext, path: string): Promise<boolean> {
  const { overlays } = withElsewhere(await context.backing.all(), await context.elsewhere.on([path]))
  return (overlays.get(path) ?? []).length === 0
}

async function goOnIn(context: SnapshotContext, overlays: readonly OverlayToMake[]): Promise<void> {
  const { host, dom } = context
  const flags = c.VIR_DOMAIN_XML_INACTIVE | c.VIR_DOMAIN_XML_SECURE
  const { xml } = await host.call('domainGetXmlDesc', { dom, flags }, within(context))
  await change(context, 'domainDefineXmlFlags', { xml: withDiskFiles(xml, overlays.map(fileOf)), flags: 0 })
  context.touchDefinition()
}

const fileOf = ({ target, path }: OverlayToMake): DiskFile => ({ target, path, format: 'qcow2' })

/** The memory file keeps the definition of then, whose disks were the files that are frozen now. */
async function restore(
  context: SnapshotContext,
  from: string,
  overlays: readonly OverlayToMake[],
  sight: Sight,
  name: string,
): Promise<void> {
  const { host } = context
  const { xml } = await host.call('domainSaveImageGetXmlDesc', { file: from, flags: c.VIR_DOMAIN_SAVE_IMAGE_XML_SECURE }, within(context))
  // a disk that no snapshot covers goes on as it is now, never in the file of then, which may be frozen by now
  const then = sourcesOf(parseXml(xml)).map(({ target }) => target)
  const others = sight.disks.flatMap(({ target, path, format, isReadOnly }): DiskFile[] => {
    const isCovered = overlays.some((overlay) => overlay.target === target)
    return isReadOnly || isCovered || path === null || !then.includes(target) ? [] : [{ target, path, format: format ?? 'raw' }]
  })
  const dxml = withDiskFiles(xml, [...overlays.map(fileOf), ...others])
  const flags = snapshotNamed(sight, name)?.state === 'paused' ? c.VIR_DOMAIN_SAVE_PAUSED : 0
  await change(context, 'domainRestoreFlags', { from, dxml, flags }, { dedicated: true })
}
