import { displayOf, videoModelOf } from '../consoles/displays.ts'
import { disksOf, hasTpm, nvramOf } from '../disks.ts'
import type { SimulatedMachine } from '../fleet.ts'
import { mix, share } from '../random.ts'
import type { Shape, SimulatedNic } from './shape.ts'

/** A card with the choices that nobody made. */
export function plainNic(source: SimulatedNic['source'], mac: string): SimulatedNic {
  return { source, mac, vlan: null, model: 'virtio' }
}

/** KVM's own prefix, then three bytes of a number's. */
export function seededMac(salt: number): string {
  const hex = (mix(salt, 121) & 0xffffff).toString(16).padStart(6, '0')
  return `52:54:00:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`
}

/** Of the n-th card of a machine that came with the fleet. */
export function fleetMac({ salt }: Pick<SimulatedMachine, 'salt'>, index: number): string {
  return seededMac(index === 0 ? salt : mix(salt, index, 129))
}

function firmwareOf(machine: SimulatedMachine): Shape['firmware'] {
  if (nvramOf(machine) === null) return 'bios'
  const isSecure = machine.facts.os?.startsWith('Windows') === true || share(machine.salt, 122) < 0.5
  return isSecure ? 'uefi-secure' : 'uefi'
}

/** What a machine is built of: as it was built, or as its kind of the fleet is. */
export function shapeOf(machine: SimulatedMachine): Shape {
  if (machine.shape) return machine.moved ? { ...machine.shape, disks: disksOf(machine) } : machine.shape
  const { facts, role } = machine
  return {
    machineType: 'pc-q35-10.0',
    firmware: firmwareOf(machine),
    tpm: hasTpm(machine),
    cpu: { vcpus: facts.vcpus, mode: 'host-model', features: [], topology: null },
    disks: disksOf(machine),
    nics: facts.networkRefs.map((ref, at) =>
      plainNic({ kind: 'network', network: ref.slice(ref.indexOf('/') + 1) }, fleetMac(machine, at)),
    ),
    boot: ['disk', 'network'],
    graphics: displayOf(machine)?.type ?? 'none',
    video: videoModelOf(machine),
    agent: facts.agent !== 'none',
    clipboard: false,
    watchdog: 'none',
    rng: true,
    hostDevices: role.tags.includes('gpu') ? [{ address: '0000:41:00.0', name: 'NVIDIA A2' }] : [],
    hasSystem: true,
  }
}

/** Of its first card; null: it has none. */
export function macOf(machine: SimulatedMachine): string | null {
  return machine.shape ? (machine.shape.nics[0]?.mac ?? null) : seededMac(machine.salt)
}

/** Of all its cards. */
export function macsOf(machine: SimulatedMachine): readonly string[] {
  if (machine.shape) return machine.shape.nics.map(({ mac }) => mac.toLowerCase())
  return machine.facts.networkRefs.map((_ref, at) => fleetMac(machine, at))
}
