import { constants as c, type DomainRef, listAllDomains, type StorageVolRef } from '../../../libvirt/index.ts'
import { type ActContext, within } from '../act-context.ts'
import { isNoDomain, isUnsupported, libvirtNumber, VIR_ERR } from '../problems.ts'
import { parseSnapshot, readSnapshot } from './snapshot-xml.ts'

type Asking = Pick<ActContext, 'host' | 'work'>

const IN_FLIGHT = 8

/**
 * Snapshots of any machine of the host whose data, or whose memory, are this very file: `web (before-upgrade)`. The end of a branch stands in no
 * definition and carries no other image, so nothing else tells that it is needed.
 */
export async function snapshotsIn(context: Asking, { pool, name }: StorageVolRef, path: string): Promise<readonly string[]> {
  const all = await allSnapshotFiles(context)
  const found = all.filter(({ files }) => files.includes(path) || files.includes(`${pool}/${name}`))
  return found.map(({ machine, snapshot }) => `${machine} (${snapshot})`).sort()
}

export interface SnapshotFiles {
  readonly machine: string
  readonly snapshot: string
  /** Of its data and its memory; a volume that is named by its pool as `pool/volume`. */
  readonly files: readonly string[]
  /** Those of its data, which may stand on others. */
  readonly images: readonly string[]
}

/** Of every snapshot of the host. */
export async function allSnapshotFiles(context: Asking): Promise<readonly SnapshotFiles[]> {
  const { host } = context
  const domains = await listAllDomains(host, { ...within(context), flags: c.VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT }).catch(
    (error: unknown): readonly DomainRef[] => {
      if (isUnsupported(error)) return []
      throw error
    },
  )
  const found: SnapshotFiles[] = []
  const waiting = domains.values()
  const work = async () => {
    for (const dom of waiting) {
      for (const xml of await snapshotsOf(context, dom)) {
        const snapshot = readSnapshot(
          parseSnapshot(xml),
          false,
          (source) => source.path ?? (source.volume ? `${source.volume.pool}/${source.volume.name}` : null),
        )
        const images = snapshot.disks.flatMap(({ file }) => file ?? [])
        const files = snapshot.memoryFile === null ? images : [snapshot.memoryFile, ...images]
        found.push({ machine: dom.name, snapshot: snapshot.name, files, images })
      }
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, work))
  return found
}

/** Of a machine, or a snapshot, that is gone meanwhile there is nothing to ask. */
async function snapshotsOf(context: Asking, dom: DomainRef): Promise<readonly string[]> {
  const { host } = context
  try {
    const { snapshots } = await host.call('domainListAllSnapshots', { dom, needResults: 1, flags: 0 }, within(context))
    const xmls: string[] = []
    for (const snap of snapshots) xmls.push((await host.call('domainSnapshotGetXmlDesc', { snap, flags: 0 }, within(context))).xml)
    return xmls
  } catch (error) {
    if (isNoDomain(error) || isUnsupported(error)) return []
    if (libvirtNumber(error) === VIR_ERR.noSnapshot) return await snapshotsOf(context, dom)
    throw error
  }
}
