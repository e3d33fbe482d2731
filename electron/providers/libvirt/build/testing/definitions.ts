import { randomUUID } from 'node:crypto'
import { type MachineSpecInput, machineSpecSchema, type OsEntry, osEntrySchema } from '../../../../../shared/model/index.ts'
import type { CopyDefinition, NewDefinition } from '../files.ts'

const SIZE = { vcpus: 1, memoryMiB: 128, diskGiB: 1 }

/** An entry of the catalogue, as far as a builder needs it. */
export function osEntry(more: Partial<OsEntry> = {}): OsEntry {
  return osEntrySchema.parse({
    id: 'linux',
    name: 'Linux',
    kind: 'linux',
    family: 'linux',
    libosinfo: 'http://libosinfo.org/linux/2022',
    released: null,
    endOfLife: null,
    minimum: SIZE,
    recommended: SIZE,
    firmware: 'bios',
    tpm: false,
    diskBus: 'virtio',
    nicModel: 'virtio',
    video: 'virtio',
    localTime: false,
    cloudImages: [],
    isoPage: null,
    ...more,
  } satisfies OsEntry)
}

export const WINDOWS = osEntry({
  id: 'win11',
  kind: 'windows',
  libosinfo: 'http://microsoft.com/win/11',
  firmware: 'uefi-secure',
  tpm: true,
  diskBus: 'sata',
  nicModel: 'e1000e',
  video: 'vga',
  localTime: true,
})

/** A machine without anything in it, that an emulating host takes. */
const BARE = { os: 'linux', cpu: { vcpus: 1, mode: 'maximum' }, memoryMiB: 128, disks: [], nics: [] } satisfies MachineSpecInput

export function newDefinition(name: string, spec: Partial<MachineSpecInput> = {}, more: Partial<NewDefinition> = {}): NewDefinition {
  const parsed = machineSpecSchema.parse({ ...BARE, ...spec })
  return {
    kind: 'new',
    uuid: randomUUID(),
    name,
    macs: parsed.nics.map((_, index) => `52:54:00:00:01:${String(index + 10)}`),
    seed: null,
    spec: parsed,
    os: osEntry(),
    disks: parsed.disks.map(({ source }, index) => ({
      pool: source.pool,
      volume: source.kind === 'existing' ? source.volume : `${name}-${index}.${source.format}`,
    })),
    ...more,
  }
}

export function copyDefinition(name: string, sourceRef: string, more: Partial<CopyDefinition> = {}): CopyDefinition {
  return {
    kind: 'copy',
    uuid: randomUUID(),
    name,
    macs: [],
    seed: null,
    sourceRef,
    mode: 'full',
    changes: {},
    disks: {},
    template: null,
    ...more,
  }
}
