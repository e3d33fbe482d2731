import { POOL_TYPES, type PoolType, type Reason, type StorageAbilities } from '../../../../shared/model/index.ts'
import { attributeOf, childrenOf, parseXml } from '../../../xml/index.ts'
import { runsNothing } from '../host-shell.ts'
import { isUnsupported } from '../problems.ts'
import { within } from '../volumes/volume-context.ts'
import type { StorageContext } from './storage-context.ts'

/** Programs that libvirt's drivers run on the host: one of them has to be there. */
const PROGRAMS: Partial<Record<PoolType, readonly string[]>> = {
  netfs: ['mount.nfs', 'mount.cifs', 'mount.glusterfs'],
  logical: ['vgs'],
  disk: ['parted'],
  iscsi: ['iscsiadm'],
  zfs: ['zpool'],
}

/** Debian's names for what brings them; other systems' are alike. */
const PACKAGES: Partial<Record<PoolType, string>> = {
  netfs: 'nfs-common',
  logical: 'lvm2',
  disk: 'parted',
  iscsi: 'open-iscsi',
  zfs: 'zfsutils-linux',
  rbd: 'libvirt-daemon-driver-storage-rbd',
}

export async function readPoolAbilities(context: StorageContext): Promise<StorageAbilities> {
  const [drivers, programs] = await Promise.all([driversOf(context), programsOf(context)])
  const why = (type: PoolType): Reason | null => {
    if (drivers !== null && !drivers.has(type)) return noDriver(type)
    const needed = PROGRAMS[type]
    if (programs === null || needed === undefined || needed.some((name) => programs.has(name))) return null
    return noProgram(type, needed)
  }
  return { types: Object.fromEntries(POOL_TYPES.map((type) => [type, why(type)])) as StorageAbilities['types'], wipe: null }
}

/** Types that the daemon has a driver for; null: one before 5.2 does not say. */
async function driversOf({ host, ...context }: StorageContext): Promise<ReadonlySet<string> | null> {
  try {
    const { capabilities } = await host.call('connectGetStoragePoolCapabilities', { flags: 0 }, within(context))
    const pools = childrenOf(parseXml(capabilities), 'pool').filter((pool) => attributeOf(pool, 'supported') === 'yes')
    return new Set(pools.map((pool) => attributeOf(pool, 'type') ?? ''))
  } catch (error) {
    if (isUnsupported(error)) return null
    throw error
  }
}

/** Which of the programs are on the host; null: this connection runs none there. */
async function programsOf({ shell, work }: StorageContext): Promise<ReadonlySet<string> | null> {
  if (!shell) return null
  const all = Object.values(PROGRAMS).flat()
  const look = `PATH="$PATH:/usr/sbin:/sbin"; for name in ${all.join(' ')}; do command -v "$name" >/dev/null && echo "$name"; done; exit 0`
  try {
    const { stdout } = await shell.run(['sh', '-c', look], { signal: work.signal })
    return new Set(stdout.split('\n').filter(Boolean))
  } catch (thrown) {
    if (runsNothing(thrown)) return null
    throw thrown
  }
}

function noDriver(type: PoolType): Reason {
  const what = PACKAGES[type]
  const text = `libvirt on this host has no driver for pools of the type ${type}.`
  return what === undefined || type !== 'rbd'
    ? { code: 'pool.no-driver', text, params: { type } }
    : { code: 'pool.no-driver-package', text: `${text} Install ${what} there.`, params: { type, package: what } }
}

function noProgram(type: PoolType, programs: readonly string[]): Reason {
  const what = PACKAGES[type] ?? type
  const text = `This host has no ${programs[0]}. Install ${what} there.`
  return { code: 'pool.no-program', text, params: { type, program: programs[0] ?? '', package: what } }
}
