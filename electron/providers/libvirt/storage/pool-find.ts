import type { FoundSource, PoolSource, PoolType } from '../../../../shared/model/index.ts'
import { poolSourceSchema } from '../../../../shared/model/index.ts'
import { constants } from '../../../libvirt/index.ts'
import { at, attributeOf, childrenOf, parseXml, textOf, type XmlElement } from '../../../xml/index.ts'
import { runsNothing } from '../host-shell.ts'
import { isUnsupported, libvirtNumber } from '../problems.ts'
import { within } from '../volumes/volume-context.ts'
import { serverXml } from './pool-xml.ts'
import type { StorageContext } from './storage-context.ts'
import { cannotFind, findFailed, needsServer } from './storage-problems.ts'

/**
 * What the host could make a pool of. Throws `unsupported` pool.cannot-find for what nobody can look for, `invalid-input` pool.needs-server,
 * `remote-failure` pool.find-failed.
 */
export async function findSources(context: StorageContext, type: PoolType, server: string | null): Promise<readonly FoundSource[]> {
  switch (type) {
    case 'netfs':
    case 'iscsi':
      if (server === null || server === '') throw needsServer(type)
      return await asked(context, type, serverXml(server), server)
    case 'logical':
      return await asked(context, type, null, '')
    case 'disk':
      return await devices(context, constants.VIR_CONNECT_LIST_NODE_DEVICES_CAP_STORAGE, diskOf)
    case 'scsi':
      return await devices(context, constants.VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI_HOST, adapterOf)
    case 'zfs':
      return await zpools(context)
    case 'dir':
    case 'rbd':
      throw cannotFind(type)
  }
}

/** libvirt's own discovery, which runs showmount, iscsiadm or vgs on the host. */
async function asked(
  context: StorageContext,
  type: 'netfs' | 'iscsi' | 'logical',
  srcSpec: string | null,
  server: string,
): Promise<readonly FoundSource[]> {
  try {
    // A server that does not answer keeps it waiting: not on the connection that all others use.
    const options = { ...within(context), timeoutMs: Number.POSITIVE_INFINITY, dedicated: 'many' as const }
    const { xml } = await context.host.call('connectFindStoragePoolSources', { type, srcSpec, flags: 0 }, options)
    return valid(childrenOf(parseXml(xml), 'source').map((source) => sourceOf(type, source, server)))
  } catch (error) {
    if (isUnsupported(error)) throw cannotFind(type)
    throw libvirtNumber(error) === undefined ? error : findFailed(type, error)
  }
}

function sourceOf(type: 'netfs' | 'iscsi' | 'logical', source: XmlElement, server: string): FoundSource {
  const host = attributeOf(at(source, 'host'), 'name') ?? server
  const device = attributeOf(at(source, 'device'), 'path') ?? ''
  if (type === 'iscsi') return { label: device, source: { type, host: server, target: device } }
  if (type === 'logical') {
    const group = textOf(source, 'name') ?? ''
    const devicePaths = childrenOf(source, 'device').map((one) => attributeOf(one, 'path') ?? '')
    return { label: `${group} (${devicePaths.join(', ')})`, source: { type, group, devices: [] } }
  }
  const exportPath = attributeOf(at(source, 'dir'), 'path') ?? ''
  const found = attributeOf(at(source, 'format'), 'type')
  const format = found === 'nfs' || found === 'glusterfs' || found === 'cifs' ? found : 'auto'
  const path = `/var/lib/libvirt/mounts/${exportPath.split('/').findLast(Boolean) ?? 'export'}`
  return { label: `${host}:${exportPath}`, source: { type, host: server, exportPath, format, path } }
}

/** Names that no pool can be made of here are left out. */
function valid(found: ReadonlyArray<{ readonly label: string; readonly source: PoolSource } | null>): readonly FoundSource[] {
  return found.filter((one) => one !== null).filter(({ source }) => poolSourceSchema.safeParse(source).success)
}

async function devices(
  context: StorageContext,
  flags: number,
  read: (device: XmlElement) => FoundSource | null,
): Promise<readonly FoundSource[]> {
  const { host } = context
  const { devices: listed } = await host.call('connectListAllNodeDevices', { needResults: 1, flags }, within(context))
  const found = await Promise.all(
    listed.map(async ({ name }) => read(parseXml((await host.call('nodeDeviceGetXmlDesc', { name, flags: 0 }, within(context))).xml))),
  )
  return valid(found)
}

/** Whole disks that can be written to. */
function diskOf(device: XmlElement): FoundSource | null {
  const capability = childrenOf(device, 'capability').find((one) => attributeOf(one, 'type') === 'storage')
  const path = textOf(capability, 'block')
  if (path === null || textOf(capability, 'drive_type') === 'cdrom') return null
  const bytes = Number(textOf(capability, 'size') ?? 0)
  const words = [textOf(capability, 'vendor'), textOf(capability, 'model')].filter(Boolean).join(' ')
  const size = bytes > 0 ? ` · ${(bytes / 2 ** 30).toFixed(1)} GiB` : ''
  return { label: `${path}${words === '' ? '' : ` · ${words}`}${size}`, source: { type: 'disk', device: path, label: 'gpt' } }
}

function adapterOf(device: XmlElement): FoundSource | null {
  const capability = childrenOf(device, 'capability').find((one) => attributeOf(one, 'type') === 'scsi_host')
  const number = textOf(capability, 'host')
  if (number === null) return null
  const adapter = `host${number}`
  return { label: `${adapter} (${textOf(device, 'name') ?? ''})`, source: { type: 'scsi', adapter } }
}

/** libvirt does not look for these; the host's own program knows. */
async function zpools({ shell, work }: StorageContext): Promise<readonly FoundSource[]> {
  if (!shell) throw cannotFind('zfs')
  try {
    const { stdout, code, stderr } = await shell.run(['zpool', 'list', '-H', '-o', 'name'], { signal: work.signal })
    if (code !== 0) throw findFailed('zfs', new Error(stderr.trim()))
    return valid(
      stdout
        .split('\n')
        .filter(Boolean)
        .map((pool) => ({ label: pool, source: { type: 'zfs' as const, pool, devices: [] } })),
    )
  } catch (thrown) {
    if (runsNothing(thrown)) throw cannotFind('zfs')
    throw thrown
  }
}
