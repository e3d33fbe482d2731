import { constants } from '../../../libvirt/index.ts'
import { escapeXml } from '../../../xml/index.ts'
import type { PoolDefinition } from '../../provider.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'
import { change, within } from '../volumes/volume-context.ts'
import type { PoolLogin } from './pool-xml.ts'
import type { StorageContext } from './storage-context.ts'

const CEPH = constants.VIR_SECRET_USAGE_TYPE_CEPH
const ISCSI = constants.VIR_SECRET_USAGE_TYPE_ISCSI

/** By this name a pool's secret is known as ours and as its own: nobody else's is ever touched. */
const usageOf = (poolUuid: string) => `novacron-pool-${poolUuid}`

/**
 * Gives the host what a pool logs in with: kept there for good, as it has to log in again by itself, and readable by nobody over libvirt
 * (private). One that an earlier attempt left is written over.
 */
export async function keepSecret(context: StorageContext, definition: PoolDefinition, password: string): Promise<PoolLogin | null> {
  const { uuid, user, spec } = definition
  if (user === null) return null
  const isCeph = spec.source.type === 'rbd'
  const usage = usageOf(uuid)
  const kind = isCeph ? `<usage type='ceph'><name>${usage}</name></usage>` : `<usage type='iscsi'><target>${usage}</target></usage>`
  const description = `<description>${escapeXml(`Pool ${spec.name}`)}</description>`
  const known = await uuidOf(context, isCeph ? CEPH : ISCSI, usage)
  const own = known === null ? '' : `<uuid>${known}</uuid>`
  const xml = `<secret ephemeral='no' private='yes'>${description}${own}${kind}</secret>`
  const { secret } = await change(context, 'secretDefineXml', { xml, flags: 0 })
  // Ceph hands its keys out in base64, and libvirt keeps what that stands for.
  const value = isCeph ? Buffer.from(password, 'base64') : Buffer.from(password)
  await change(context, 'secretSetValue', { secret, value, flags: 0 })
  return { user, secretUuid: secret.uuid }
}

/** Takes a pool's own secret away. One that is not there is no failure. */
export async function dropSecret(context: StorageContext, poolUuid: string): Promise<void> {
  for (const type of [CEPH, ISCSI]) {
    const uuid = await uuidOf(context, type, usageOf(poolUuid))
    if (uuid === null) continue
    const secret = { uuid, usageType: type, usageID: usageOf(poolUuid) }
    await change(context, 'secretUndefine', { secret })
  }
}

async function uuidOf(context: StorageContext, usageType: number, usageID: string): Promise<string | null> {
  try {
    return (await context.host.call('secretLookupByUsage', { usageType, usageID }, within(context))).secret.uuid
  } catch (error) {
    if (libvirtNumber(error) === VIR_ERR.noSecret || libvirtNumber(error) === VIR_ERR.noSupport) return null
    throw error
  }
}
