import { whyNoVhd } from './page-blobs.ts'
import { ArmError, type AttachedDisk, type AzureDisk, type AzureVm } from './parts.ts'
import { diskBytes } from './render.ts'
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

/** The disks that a new machine is made of, which are there already; null: its disk of the system is made from an image. */
export function disksAtBirth(world: AzureWorld, body: Json, zone: string | null): AttachedDisk[] | null {
  const profile = inside(body, 'properties', 'storageProfile')
  if (textIn(profile, 'osDisk', 'createOption') !== 'Attach') return null
  if (inside(body, 'properties', 'osProfile') !== undefined) {
    throw new ArmError(400, 'InvalidParameter', "Parameter 'osProfile' is not allowed.")
  }
  if (inside(profile, 'imageReference') !== undefined) {
    throw new ArmError(400, 'InvalidParameter', "Parameter 'imageReference' is not allowed.")
  }
  const data = inside(profile, 'dataDisks')
  const osDisk = inside(profile, 'osDisk')
  if (textIn(osDisk, 'osType') === undefined) {
    throw new ArmError(400, 'InvalidParameter', "Required parameter 'osDisk.osType' is missing (null).")
  }
  return [osDisk, ...(Array.isArray(data) ? data : [])].map((entry, index) => {
    const disk = freeDisk(world, textIn(entry as Json, 'managedDisk', 'id') ?? '', zone)
    const deleteOption = textIn(entry as Json, 'deleteOption') === 'Delete' ? 'Delete' : 'Detach'
    return { disk, lun: index === 0 ? null : Number(inside(entry as Json, 'lun')), deleteOption }
  })
}

function freeDisk(world: AzureWorld, id: string, zone: string | null): AzureDisk {
  const disk = world.disks.get(id.toLowerCase())
  if (disk === undefined) throw new ArmError(404, 'NotFound', `Disk '${id}' is not found.`)
  if (disk.owner !== null) throw new ArmError(409, 'ConflictingUserInput', `Disk ${disk.name} is already attached to VM ${disk.owner}.`)
  if (world.blobs.isOpen(id) || disk.isForUpload === true) {
    const words = `There is an active shared access signature outstanding for disk ${disk.name}. Call EndGetAccess before deleting or attaching the disk.`
    throw new ArmError(409, 'OperationNotAllowed', words)
  }
  if ((disk.zone ?? null) !== zone) {
    throw new ArmError(400, 'BadRequest', `Disk ${disk.name} cannot be attached to the VM because it is not in zone '${zone ?? ''}'.`)
  }
  const why = whyNoVhd(world.blobs.of(id, diskBytes(disk)), disk.name)
  if (why !== null) throw new ArmError(400, 'InvalidVhd', why)
  return disk
}
