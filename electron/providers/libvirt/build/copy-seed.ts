import { SEED_ALIAS } from '../seed-alias.ts'
import { setDiskFile } from './copy-devices.ts'
import { cdElement, type DiskFile, DiskNames } from './disk-xml.ts'
import { isI440fx, isQ35 } from './guests.ts'
import { attribute, child, children, element, indented, insert, remove, type Tree } from './xml-tree.ts'

const DEVICES_DEPTH = 1

/** The CD that a copy first starts with: in the drive of its original's, or in one of its own. Without one the original's goes as well. */
export function setSeed(domain: Tree, devices: Tree, seed: DiskFile | null): void {
  const before = children(devices, 'disk').find((disk) => attribute(child(disk, 'alias'), 'name') === SEED_ALIAS)
  if (before && seed) setDiskFile(before, seed)
  else if (before) remove(devices, before)
  else if (seed) addSeed(domain, devices, seed)
}

function addSeed(domain: Tree, devices: Tree, seed: DiskFile): void {
  const disks = children(devices, 'disk')
  const names = new DiskNames(disks.flatMap((disk) => attribute(child(disk, 'target'), 'dev') ?? []))
  const bus = busFor(domain, devices)
  const cd = cdElement(seed, bus, names.next(bus), { alias: SEED_ALIAS })
  if (bus === 'scsi') cd.nodes.push(driveAddress(devices))
  insert(devices, cd, DEVICES_DEPTH, disks.at(-1))
}

/** A guest that runs on virtio hardware knows virtio-scsi as well; the kernels of cloud images may know nothing else. */
function busFor(domain: Tree, devices: Tree): 'scsi' | 'sata' | 'ide' {
  const machine = attribute(child(domain, 'os', 'type'), 'machine') ?? null
  const isVirtio =
    children(devices, 'disk').some((disk) => attribute(child(disk, 'target'), 'bus') === 'virtio') ||
    children(devices, 'controller').some(isVirtioScsi)
  if (isVirtio) return 'scsi'
  return isQ35(machine) ? 'sata' : isI440fx(machine) ? 'ide' : 'scsi'
}

function isVirtioScsi(controller: Tree): boolean {
  return attribute(controller, 'type') === 'scsi' && (attribute(controller, 'model') ?? '').startsWith('virtio')
}

/** A free place on a virtio-scsi controller, which is added where there is none. */
function driveAddress(devices: Tree): Tree {
  const scsi = children(devices, 'controller').filter((controller) => attribute(controller, 'type') === 'scsi')
  const known = scsi.find(isVirtioScsi)
  const indexes = scsi.map((controller) => Number(attribute(controller, 'index') ?? 0))
  const index = known ? Number(attribute(known, 'index') ?? 0) : Math.max(-1, ...indexes) + 1
  if (!known) {
    const after = children(devices, 'controller').at(-1) ?? children(devices, 'disk').at(-1)
    insert(devices, indented(element('controller', { type: 'scsi', index, model: 'virtio-scsi' })), DEVICES_DEPTH, after)
  }
  const taken = children(devices, 'disk')
    .filter((disk) => attribute(child(disk, 'target'), 'bus') === 'scsi')
    .map((disk) => child(disk, 'address'))
    .filter((address) => Number(attribute(address, 'controller') ?? 0) === index)
    .map((address) => Number(attribute(address, 'target') ?? 0))
  // Disks without an address get the first units of target 0.
  let target = 1
  while (taken.includes(target)) target++
  return element('address', { type: 'drive', controller: index, bus: 0, target, unit: 0 })
}
