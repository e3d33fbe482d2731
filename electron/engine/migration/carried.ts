import type { MigrationSpec } from '../../../shared/model/index.ts'
import type { CallOptions, OutgoingDisk, OutgoingFacts, VolumeKeeper } from '../../providers/provider.ts'

/** What is to be known of disks that this console carries: those of a machine that is off, whose hypervisor copies none. */
export interface Carried {
  /** Why the source cannot make a disk whole that stands on another image; null: it can, or need not. */
  readonly noConversion: string | null
  /** Of each disk's file as its host tells it, by target: another one than was planned would be copied in part. Null: it does not tell. */
  readonly versions: ReadonlyMap<string, string | null>
  /** Files beside its disks come along too: both hosts open their folders for it. */
  readonly opensFolders: boolean
}

/** Looks at the disks that would be carried. Only reads. A disk that lies in no pool, or is not found in it, is not among them. */
export async function lookAtCarried(
  { disks }: Pick<MigrationSpec, 'disks'>,
  out: Pick<OutgoingFacts, 'disks'>,
  { keeper, hostRef }: { readonly keeper: VolumeKeeper; readonly hostRef: string },
  call: CallOptions,
): Promise<Omit<Carried, 'opensFolders'>> {
  const copied = out.disks.filter((disk) => isData(disk) && disks.some(({ target, how }) => target === disk.target && how === 'copy'))
  const versions = new Map<string, string | null>()
  for (const { target, pool, volume } of copied) {
    if (pool === null || volume === null || !(await keeper.find(hostRef, { pool, volume }, call))) continue
    versions.set(target, (await keeper.state(hostRef, { pool, volume }, call)).version)
  }
  const standsOnOthers = copied.some(({ backing }) => backing.length > 0)
  const noConversion = standsOnOthers ? ((await keeper.abilities(hostRef, call)).convert?.text ?? null) : null
  return { noConversion, versions }
}

/** Not what lies in a drive. */
export function isData({ device }: OutgoingDisk): boolean {
  return device !== 'cdrom' && device !== 'floppy'
}
