import { type MachineAction, type MachineState, needHypervisorAction } from '../../../shared/model/index.ts'
import type { DomainRef, LibvirtHost } from '../../libvirt/index.ts'
import { parseXml } from '../../xml/index.ts'
import type { ActBaseline, Clock, ProbeAnswer } from '../provider.ts'
import type { Work } from './act-context.ts'
import { findAgain, rememberVolumes } from './chosen-volumes.ts'
import { readOwnXml } from './definition-actions.ts'
import { hasKeptVnc } from './display-actions.ts'
import { type ChosenVolume, type Marker, markerOf } from './marker.ts'
import { METADATA_TYPE, readOwnMetadata, tagsAfter } from './metadata.ts'
import { pause } from './pause.ts'
import { isNoDomain, isUnsupported, libvirtNumber, VIR_ERR } from './problems.ts'
import { isActive, machineStateOf } from './states.ts'

/** What a domain looks like to somebody who wants to know whether an action happened. */
interface Sight {
  readonly dom: DomainRef
  readonly active: boolean
  readonly state: MachineState
  readonly hasManagedSave: boolean
}

async function look(host: LibvirtHost, ref: string, work: Work): Promise<Sight | null> {
  const bounds = { signal: work.signal }
  try {
    const { dom } = await host.call('domainLookupByUuid', { uuid: ref }, bounds)
    const [native, saved] = await Promise.all([
      host.call('domainGetState', { dom, flags: 0 }, bounds),
      host.call('domainHasManagedSaveImage', { dom, flags: 0 }, bounds).catch((error: unknown) => {
        if (isUnsupported(error)) return { result: 0 }
        throw error
      }),
    ])
    const hasManagedSave = saved.result !== 0
    return { dom, active: isActive(native), state: machineStateOf(native, hasManagedSave), hasManagedSave }
  } catch (error) {
    if (isNoDomain(error)) return null
    throw error
  }
}

async function readTags(host: LibvirtHost, dom: DomainRef, work: Work): Promise<readonly string[]> {
  const xml = await readOwnXml({ host, dom, work })
  return xml === null ? [] : readOwnMetadata(parseXml(xml)).tags
}

/** What to remember before an action. Throws not-found. */
export async function baselineOf(
  host: LibvirtHost,
  dom: DomainRef,
  action: MachineAction,
  startedAtMs: number | null,
  work: Work,
): Promise<ActBaseline> {
  const bounds = { signal: work.signal }
  const [{ dom: now }, native, saved, tags, volumes] = await Promise.all([
    host.call('domainLookupByUuid', { uuid: dom.uuid }, bounds),
    host.call('domainGetState', { dom, flags: 0 }, bounds),
    host.call('domainHasManagedSaveImage', { dom, flags: 0 }, bounds).catch(() => ({ result: 0 })),
    readTags(host, dom, work),
    action.action === 'delete' ? rememberVolumes({ host, dom, work }, action.diskKeys) : undefined,
  ])
  const marker: Marker = { id: now.id, tags, ...(volumes && { volumes }) }
  return { state: machineStateOf(native, saved.result !== 0), name: now.name, startedAtMs, marker: JSON.stringify(marker) }
}

const LOOK_AGAIN_MS = 250
const LOOKS_WHILE_STARTING = 80

/**
 * Libvirt holds a machine paused while it brings it up, and may still give it up: a machine seen so is looked at again, for 20 s at most,
 * until it is the one or the other.
 */
async function lookWhenSettled(host: LibvirtHost, ref: string, clock: Clock, work: Work): Promise<Sight | null> {
  for (let looks = 1; ; looks++) {
    const now = await look(host, ref, work)
    if (now?.state !== 'starting' || looks === LOOKS_WHILE_STARTING) return now
    await pause(clock, LOOK_AGAIN_MS, work.signal)
  }
}

/** Whether the action happened, judged by what stands now. Only reads. */
export async function probeOf(
  host: LibvirtHost,
  ref: string,
  action: MachineAction,
  baseline: ActBaseline,
  clock: Clock,
  work: Work,
): Promise<ProbeAnswer> {
  const now = await lookWhenSettled(host, ref, clock, work)
  const marker = markerOf(baseline)
  if (now === null) {
    if (action.action === 'delete') return await areDisksGone(host, action, marker, work)
    return action.action === 'powerOff' || action.action === 'shutdown' ? 'done' : 'unknown'
  }
  const another = marker !== null && now.dom.id !== marker.id
  const answer = (done: boolean): ProbeAnswer => (done ? 'done' : 'not-done')
  const asked = needHypervisorAction(action)
  switch (asked.action) {
    case 'start':
    case 'restore':
      return now.state === 'starting' ? 'unknown' : answer(now.active && (marker === null || another))
    case 'shutdown':
      return now.state === 'stopping' ? 'unknown' : answer(!now.active || another)
    case 'powerOff':
      return answer(!now.active || another)
    case 'reboot':
    case 'reset':
      // The run keeps its number over both, so nothing that stands now tells.
      return 'unknown'
    case 'suspend':
      return answer(now.state === 'paused')
    case 'resume':
      return answer(now.state === 'running')
    case 'managedSave':
      return now.active && (await isJobRunning(host, now.dom, work)) ? 'unknown' : answer(now.hasManagedSave)
    case 'discardSave':
      return answer(!now.hasManagedSave)
    case 'setAutostart':
      return answer(
        (await host.call('domainGetAutostart', { dom: now.dom }, { signal: work.signal })).autostart === (asked.autostart ? 1 : 0),
      )
    case 'rename':
      return answer(now.dom.name === asked.name)
    case 'setMetadata':
      return answer(await isMetadataSet(host, now.dom, asked, marker, work))
    case 'addDisplay':
      return answer(await hasKeptVnc(host, now.dom, { signal: work.signal }))
    case 'delete':
      return 'not-done'
    default:
      return asked satisfies never
  }
}

/** Of a deletion whose machine is gone: the definition goes first, so its disks may still be there. */
async function areDisksGone(
  host: LibvirtHost,
  { diskKeys }: Extract<MachineAction, { action: 'delete' }>,
  marker: Marker | null,
  work: Work,
): Promise<ProbeAnswer> {
  if (diskKeys.length === 0) return 'done'
  const volumes = marker?.volumes
  if (!volumes) return 'unknown'
  for (const key of diskKeys) {
    const volume = volumes.find((each) => each.key === key)
    if (!volume || (await isThere(host, volume, work))) return 'not-done'
  }
  return 'done'
}

async function isThere(host: LibvirtHost, volume: ChosenVolume, work: Work): Promise<boolean> {
  try {
    return (await findAgain({ host, work }, volume)) !== null
  } catch (error) {
    // A pool that is stopped or forgotten deletes nothing: what lies in it is there.
    if (libvirtNumber(error) === undefined) throw error
    return true
  }
}

async function isJobRunning(host: LibvirtHost, dom: DomainRef, work: Work): Promise<boolean> {
  try {
    return (await host.call('domainGetJobInfo', { dom }, { signal: work.signal })).type !== 0
  } catch (error) {
    if (isUnsupported(error)) return false
    throw error
  }
}

async function isMetadataSet(
  host: LibvirtHost,
  dom: DomainRef,
  action: Extract<MachineAction, { action: 'setMetadata' }>,
  marker: Marker | null,
  work: Work,
): Promise<boolean> {
  const text = async (type: number) => {
    try {
      return (await host.call('domainGetMetadata', { dom, type, uri: null, flags: 0 }, { signal: work.signal })).metadata
    } catch (error) {
      if (libvirtNumber(error) === VIR_ERR.noDomainMetadata) return null
      throw error
    }
  }
  const { title, description, notes, tags, addTags, removeTags } = action
  if (title !== undefined && (await text(METADATA_TYPE.title)) !== (title || null)) return false
  if (description !== undefined && (await text(METADATA_TYPE.description)) !== (description || null)) return false
  const xml = await readOwnXml({ host, dom, work })
  const own = readOwnMetadata(xml === null ? null : parseXml(xml))
  if (notes !== undefined && own.notes !== (notes || null)) return false
  if (!tags && !addTags && !removeTags) return true
  return JSON.stringify(own.tags) === JSON.stringify(tagsAfter(marker?.tags ?? own.tags, action))
}
