import { createHash } from 'node:crypto'
import type { Enrolled } from '../roster.ts'
import { MACHINE_TYPES, regionOf, UNLISTED_TYPE } from './catalogue.ts'

export interface AttachedDisk {
  kind: 'compute#attachedDisk'
  type: 'PERSISTENT' | 'SCRATCH'
  mode: string
  source?: string
  deviceName: string
  index: number
  boot: boolean
  autoDelete: boolean
  interface: string
  diskSizeGb: string
  licenses?: readonly string[]
  architecture?: string
}

/** The parts of an instance that the loopback cloud looks at; what else there is stays as it was written. */
export interface InstanceBody extends Record<string, unknown> {
  id: string
  name: string
  status: string
  zone: string
  machineType: string
  labels?: Record<string, string>
  labelFingerprint: string
  deletionProtection: boolean
  disks: AttachedDisk[]
}

export interface DiskBody extends Record<string, unknown> {
  id: string
  name: string
  zone: string
  sizeGb: string
  users: string[]
  labels?: Record<string, string>
  labelFingerprint: string
}

/** A hash as the API shows it: eight bytes in base 64. */
export const fingerprint = (of: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(of ?? null))
    .digest()
    .subarray(0, 8)
    .toString('base64')

/** Labels take lower-case letters of any alphabet, digits, `-` and `_`: the roster's tags as somebody would write them here. */
export const asLabels = (tags: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [
      key,
      value
        .toLowerCase()
        .replaceAll('🚚', 'größe')
        .replaceAll(/[^\p{Ll}\p{Lo}\p{N}_-]+/gu, '-'),
    ]),
  )

export interface Placement {
  readonly root: string
  readonly project: string
  readonly zone: string
  readonly id: string
  readonly diskId: string
}

const NETWORK_SUFFIX = 'global/networks/default'

/** A machine of the roster and its boot disk. */
export function bodiesOf(who: Enrolled, { root, project, zone, id, diskId }: Placement): { instance: InstanceBody; disk: DiskBody } {
  const zoneUrl = `${root}projects/${project}/zones/${zone}`
  const name = who.name ?? `instance-${who.index}`
  const known = MACHINE_TYPES[who.type]
  const sizeGb = String(10 + (who.index % 5) * 20)
  const createdAt = new Date(Date.now() - who.ageMs).toISOString()
  const labels = asLabels(who.tags)
  const license = who.windows
    ? `${root}projects/windows-cloud/global/licenses/windows-server-2022-dc`
    : `${root}projects/debian-cloud/global/licenses/debian-12-bookworm`
  const diskName = name
  const instance: InstanceBody = {
    kind: 'compute#instance',
    id,
    creationTimestamp: createdAt,
    name,
    description: '',
    tags: { items: ['http-server'], fingerprint: fingerprint(['http-server']) },
    machineType: `${zoneUrl}/machineTypes/${known?.name ?? UNLISTED_TYPE}`,
    status: who.running ? 'RUNNING' : 'TERMINATED',
    zone: zoneUrl,
    canIpForward: false,
    networkInterfaces: [
      {
        kind: 'compute#networkInterface',
        network: `${root}projects/${project}/${NETWORK_SUFFIX}`,
        subnetwork: `${root}projects/${project}/regions/${regionOf(zone)}/subnetworks/default`,
        networkIP: `10.${128 + (who.index >> 16)}.${(who.index >> 8) & 255}.${who.index & 255}`,
        name: 'nic0',
        stackType: 'IPV4_ONLY',
        fingerprint: fingerprint(who.index),
        accessConfigs: [
          {
            kind: 'compute#accessConfig',
            type: 'ONE_TO_ONE_NAT',
            name: 'External NAT',
            networkTier: 'PREMIUM',
            ...(who.running ? { natIP: `198.18.${(who.index >> 8) & 255}.${who.index & 255}` } : {}),
          },
        ],
      },
    ],
    disks: [
      {
        kind: 'compute#attachedDisk',
        type: 'PERSISTENT',
        mode: 'READ_WRITE',
        source: `${zoneUrl}/disks/${diskName}`,
        deviceName: 'persistent-disk-0',
        index: 0,
        boot: true,
        autoDelete: true,
        licenses: [license],
        interface: 'SCSI',
        diskSizeGb: sizeGb,
        architecture: known?.arm === true ? 'ARM64' : 'X86_64',
      },
    ],
    metadata: { kind: 'compute#metadata', fingerprint: fingerprint({}) },
    selfLink: `${zoneUrl}/instances/${name}`,
    scheduling: who.spot
      ? {
          onHostMaintenance: 'TERMINATE',
          automaticRestart: false,
          preemptible: true,
          provisioningModel: 'SPOT',
          instanceTerminationAction: 'STOP',
        }
      : { onHostMaintenance: 'MIGRATE', automaticRestart: true, preemptible: false, provisioningModel: 'STANDARD' },
    cpuPlatform: who.running ? 'Intel Broadwell' : 'Unknown CPU Platform',
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    labelFingerprint: fingerprint(labels),
    startRestricted: false,
    deletionProtection: who.protected,
    shieldedInstanceConfig: { enableSecureBoot: false, enableVtpm: true, enableIntegrityMonitoring: true },
    fingerprint: fingerprint([id, createdAt]),
    ...(who.running ? { lastStartTimestamp: createdAt } : {}),
  }
  const disk: DiskBody = {
    kind: 'compute#disk',
    id: diskId,
    creationTimestamp: createdAt,
    name: diskName,
    zone: zoneUrl,
    sizeGb,
    status: 'READY',
    type: `${zoneUrl}/diskTypes/pd-balanced`,
    licenses: [license],
    users: [`${zoneUrl}/instances/${name}`],
    labelFingerprint: fingerprint({}),
    physicalBlockSizeBytes: '4096',
    selfLink: `${zoneUrl}/disks/${diskName}`,
  }
  return { instance, disk }
}
