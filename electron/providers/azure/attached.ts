import type { DataDisk, OSDisk, StorageProfile, VirtualMachine } from '@azure/arm-compute'
import { diskNotThere, noLunLeft, osDiskStays } from './problems.ts'

const MAX_LUNS = 64

/** The disks of a machine by reference, and whether each goes with it when it is deleted. */
export function deleteOptionsOf(vm: VirtualMachine): ReadonlyMap<string, boolean> {
  const { osDisk, dataDisks } = disksOf(vm)
  const all = [...(osDisk ? [osDisk] : []), ...dataDisks]
  return new Map(
    all.flatMap(({ managedDisk, deleteOption }) => {
      return managedDisk?.id === undefined ? [] : [[managedDisk.id.toLowerCase(), deleteOption === 'Delete'] as const]
    }),
  )
}

/** The storage profile with which exactly these disks go with the machine; null: it is so already. */
export function changedDeleteOptions(vm: VirtualMachine, chosen: ReadonlySet<string>): StorageProfile | null {
  const now = deleteOptionsOf(vm)
  if ([...now].every(([ref, goes]) => goes === chosen.has(ref))) return null
  const { osDisk, dataDisks } = disksOf(vm)
  const optionOf = (id: string | undefined) => (id !== undefined && chosen.has(id.toLowerCase()) ? 'Delete' : 'Detach')
  return {
    ...(osDisk && { osDisk: { ...osDisk, deleteOption: optionOf(osDisk.managedDisk?.id) } }),
    dataDisks: dataDisks.map((disk) => ({ ...disk, deleteOption: optionOf(disk.managedDisk?.id) })),
  }
}

/** With one more; one that is there already is enough. Throws `precondition` azure.no-lun. */
export function withDisk(vm: VirtualMachine, diskId: string): DataDisk[] {
  const { dataDisks } = disksOf(vm)
  if (dataDisks.some((disk) => isDisk(disk, diskId))) return dataDisks
  const taken = new Set(dataDisks.map(({ lun }) => lun))
  const lun = Array.from({ length: MAX_LUNS }, (_, index) => index).find((index) => !taken.has(index))
  if (lun === undefined) throw noLunLeft(vm.name ?? '', vm.hardwareProfile?.vmSize ?? '')
  return [...dataDisks, { lun, createOption: 'Attach', managedDisk: { id: diskId } }]
}

/** Without it. Throws `precondition` azure.os-disk, `not-found` azure.not-found. */
export function withoutDisk(vm: VirtualMachine, diskId: string): DataDisk[] {
  const { osDisk, dataDisks } = disksOf(vm)
  if (osDisk && isDisk(osDisk, diskId)) throw osDiskStays(vm.name ?? '')
  const rest = dataDisks.filter((disk) => !isDisk(disk, diskId))
  if (rest.length === dataDisks.length) throw diskNotThere()
  return rest
}

/** Servers differ in what they leave out and what they say null of. */
export function disksOf({ storageProfile }: VirtualMachine): { readonly osDisk: OSDisk | null; readonly dataDisks: DataDisk[] } {
  return { osDisk: storageProfile?.osDisk ?? null, dataDisks: storageProfile?.dataDisks ?? [] }
}

function isDisk({ managedDisk }: Pick<DataDisk, 'managedDisk'>, diskId: string): boolean {
  return managedDisk?.id?.toLowerCase() === diskId.toLowerCase()
}
