import { type MachineSpecInput, machineSpecSchema, type OsEntry } from '../../../../shared/model/index.ts'
import type { MachineDefinition, ProviderConnection } from '../../provider.ts'

export const DEBIAN: OsEntry = {
  id: 'debian12',
  name: 'Debian 12 (bookworm)',
  kind: 'linux',
  family: 'debian',
  libosinfo: 'http://debian.org/debian/12',
  released: '2023-06-10',
  endOfLife: null,
  minimum: { vcpus: 1, memoryMiB: 512, diskGiB: 2 },
  recommended: { vcpus: 1, memoryMiB: 1_024, diskGiB: 10 },
  firmware: 'uefi',
  tpm: false,
  diskBus: 'virtio',
  nicModel: 'virtio',
  video: 'virtio',
  localTime: false,
  cloudImages: [],
  isoPage: null,
}
export const IMAGE = { pool: 'default', volume: 'debian-12-genericcloud-amd64.qcow2' }

type NewDefinition = Extract<MachineDefinition, { kind: 'new' }>

/** One disk made from the image, one card on a bridged network. */
export function definitionOf(name: string, number: number, spec: Partial<MachineSpecInput> = {}): NewDefinition {
  return {
    kind: 'new',
    uuid: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    name,
    macs: ['52:54:00:ab:cd:ef'],
    seed: null,
    os: DEBIAN,
    disks: [{ pool: 'default', volume: `${name}.qcow2` }],
    spec: machineSpecSchema.parse({
      os: DEBIAN.id,
      cpu: { vcpus: 2, mode: 'host-passthrough' },
      memoryMiB: 512,
      disks: [{ source: { kind: 'image', pool: 'default', base: IMAGE, mode: 'copy', sizeBytes: null, format: 'qcow2' } }],
      nics: [{ source: { kind: 'network', network: 'prod' } }],
      ...spec,
    }),
  }
}

/** Its disk and the machine. */
export async function build(connection: ProviderConnection, hostRef: string, definition: NewDefinition): Promise<void> {
  const [place] = definition.disks
  if (!place || !connection.volumes || !connection.builder) throw new Error('nothing to build with')
  await connection.volumes.create(hostRef, place, { kind: 'copy', format: 'qcow2', from: IMAGE, capacityBytes: null }, {})
  await connection.builder.define(hostRef, definition, {})
}
