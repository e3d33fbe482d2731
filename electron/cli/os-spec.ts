import { AppError } from '../../shared/errors/index.ts'
import type { BuildOptions, MachineSpec, OsEntry } from '../../shared/model/index.ts'
import type { Client } from '../api/client.ts'

/** Throws `invalid-input` cli.no-such-os, naming those that there are. */
export async function findOs(client: Client, id: string): Promise<OsEntry> {
  const { systems } = await client.build.catalogue({})
  const os = systems.find((system) => system.id === id)
  if (os) return os
  const known = systems.map((system) => system.id).join(', ')
  throw new AppError({ kind: 'invalid-input', code: 'cli.no-such-os', message: `There is no system "${id}". Known are: ${known}` })
}

/** What a host would choose, as this operating system wants it; without disks. */
export function specForOs({ defaults }: BuildOptions, os: OsEntry): MachineSpec {
  return {
    ...defaults,
    os: os.id,
    firmware: os.firmware,
    tpm: os.tpm,
    video: os.video,
    cpu: { ...defaults.cpu, vcpus: os.recommended.vcpus, topology: null },
    memoryMiB: os.recommended.memoryMiB,
    disks: [],
    nics: defaults.nics.map((nic) => ({ ...nic, model: os.nicModel })),
  }
}
