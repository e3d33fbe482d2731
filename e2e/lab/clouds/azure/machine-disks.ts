import { ArmError, type AttachedDisk, type AzureVm } from './parts.ts'
import { inside, type Json, textIn } from './wire.ts'
import type { AzureWorld } from './world.ts'

/** What a change of the storage profile asks for, checked at once and done by calling the answer; null: it asks for nothing. */
export function attachDisks(world: AzureWorld, vm: AzureVm, body: Json): (() => void) | null {
  const osOption = textIn(body, 'properties', 'storageProfile', 'osDisk', 'deleteOption')
  const wanted = inside(body, 'properties', 'storageProfile', 'dataDisks')
  if (osOption === undefined && !Array.isArray(wanted)) return null
  const before = new Map(vm.disks.map((each) => [each.disk.id.toLowerCase(), each]))
  const data = Array.isArray(wanted)
    ? wanted.map((entry) => dataDisk(world, vm, entry as Json, before))
    : vm.disks.filter(({ lun }) => lun !== null)
  return () => {
    const os = vm.disks.filter(({ lun }) => lun === null)
    for (const each of os) if (osOption !== undefined) each.deleteOption = osOption === 'Delete' ? 'Delete' : 'Detach'
    for (const { disk } of vm.disks) disk.owner = null
    vm.disks = [...os, ...data]
    for (const { disk } of vm.disks) disk.owner = vm.id
  }
}

function dataDisk(world: AzureWorld, vm: AzureVm, entry: Json, before: ReadonlyMap<string, AttachedDisk>): AttachedDisk {
  const id = textIn(entry, 'managedDisk', 'id') ?? ''
  const disk = world.disks.get(id.toLowerCase())
  if (disk === undefined) throw new ArmError(404, 'NotFound', `Disk '${id}' is not found.`)
  if (disk.owner !== null && disk.owner.toLowerCase() !== vm.id.toLowerCase()) {
    throw new ArmError(409, 'AttachDiskWhileBeingDetached', `Disk ${disk.name} is already attached to VM ${disk.owner}.`)
  }
  const option = textIn(entry, 'deleteOption') ?? before.get(id.toLowerCase())?.deleteOption
  return { disk, lun: Number(inside(entry, 'lun')), deleteOption: option === 'Delete' ? 'Delete' : 'Detach' }
}
