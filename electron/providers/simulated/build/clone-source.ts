import type { CloneSource, Reason } from '../../../../shared/model/index.ts'
import { holdsMemory } from '../fleet.ts'
import type { World } from '../world.ts'
import type { SimulatedDisk } from './shape.ts'
import { shapeOf } from './shape-of.ts'

const NOT_QCOW2: Reason = {
  code: 'build.link-not-a-file',
  text: 'This disk is a block device: overlays are qcow2 files and lie in a pool of files.',
}
const RUNNING: Reason = { code: 'build.link-running', text: 'The machine is running: an overlay needs a base that never changes.' }
const NO_POOL: Reason = { code: 'build.disk-in-no-pool', text: 'This disk lies in no pool of the host.' }

/** What a machine is to its clones. */
export function cloneSourceOf(world: World, machineRef: string): Omit<CloneSource, 'machineId'> {
  const machine = world.machine(machineRef)
  const { facts } = machine
  const shape = shapeOf(machine)
  const isLive = holdsMemory(facts.state)
  return {
    name: facts.name,
    vcpus: facts.vcpus,
    memoryMiB: Math.floor(facts.maxMemoryKiB / 1_024),
    disks: shape.disks.map((disk) => diskOf(world, facts.hostRef, disk, isLive)),
    nics: shape.nics.map(({ mac: _mac, ...nic }) => ({ ...nic, mac: null })),
    firmware: shape.firmware,
    template: facts.template,
    warnings: warningsOf(shape),
  }
}

function diskOf(world: World, hostRef: string, disk: SimulatedDisk, isLive: boolean): CloneSource['disks'][number] {
  const { place, target } = disk
  const volume = place && world.volumes.find(hostRef, place)
  const isFile = place !== null && !['rbd', 'logical'].includes(world.volumes.pool(hostRef, place.pool).type)
  return {
    target,
    place,
    format: disk.format,
    capacityBytes: volume?.capacityBytes ?? disk.capacityBytes,
    allocationBytes: volume?.allocationBytes ?? disk.allocationBytes,
    copied: !disk.readOnly && place !== null,
    linkReason: place === null ? NO_POOL : isLive ? RUNNING : isFile ? null : NOT_QCOW2,
  }
}

function warningsOf({ hostDevices, tpm, firmware }: ReturnType<typeof shapeOf>): Reason[] {
  const warnings: Reason[] = hostDevices.map(({ name, address }) => ({
    code: 'build.clone-without-device',
    text: `The clone will not have the host's device ${name} (${address}): only one machine at a time can.`,
    params: { device: `${name} (${address})` },
  }))
  if (tpm) {
    const text = 'The clone gets a new TPM: keys that the original keeps in its own, such as those of BitLocker, are not in it.'
    warnings.push({ code: 'build.clone-without-tpm', text })
  }
  if (firmware !== 'bios') {
    const text = 'The clone gets new firmware variables: boot entries that the original has added are not in them.'
    warnings.push({ code: 'build.clone-without-nvram', text })
  }
  return warnings
}
