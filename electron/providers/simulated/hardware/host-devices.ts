import { type HardwareOptions, type HostDevice, hardwareReason } from '../../../../shared/model/index.ts'
import { shapeOf } from '../build/shape-of.ts'
import type { SimulatedHost, SimulatedMachine } from '../fleet.ts'
import { mix, share } from '../random.ts'
import { child, childrenOf } from './definition-tree.ts'
import { hostAddress } from './device-keys.ts'

/** A device that hosts of the fleet have. */
export type OfferedDevice = Pick<HostDevice, 'name' | 'kind' | 'address' | 'vendor' | 'product' | 'driver' | 'iommuGroup'>

function pci(address: string, iommuGroup: number, vendor: string, product: string, driver: string): OfferedDevice {
  return { name: `pci_${address.replaceAll(/[:.]/g, '_')}`, kind: 'pci', address, vendor, product, driver, iommuGroup }
}

const NO_IOMMU_SHARE = 0.12

function devicesOf(host: SimulatedHost): readonly OfferedDevice[] {
  const usb = { kind: 'usb' as const, driver: 'usb', iommuGroup: null }
  const uuid = `c0ffee00-0000-4000-8000-${mix(host.salt, 171).toString(16).padStart(12, '0')}`
  const devices = [
    pci('0000:00:1f.2', 9, 'Intel Corporation', 'C620 SATA Controller', 'ahci'),
    pci('0000:00:1f.4', 9, 'Intel Corporation', 'C620 SMBus', 'i801_smbus'),
    pci('0000:17:00.0', 22, 'Intel Corporation', 'I350 Gigabit Network Connection', 'igb'),
    pci('0000:17:00.1', 22, 'Intel Corporation', 'I350 Gigabit Network Connection', 'igb'),
    pci('0000:41:00.0', 14, 'NVIDIA Corporation', 'NVIDIA A2', 'nvidia'),
    pci('0000:65:00.0', 31, 'Samsung Electronics', 'NVMe SSD PM9A3', 'nvme'),
    { ...usb, name: 'usb_1_4', address: '1-4', vendor: 'Yubico', product: 'YubiKey OTP+FIDO+CCID' },
    { ...usb, name: 'usb_1_6', address: '1-6', vendor: 'SafeNet', product: 'Sentinel HL dongle' },
    {
      name: `mdev_${uuid}`,
      kind: 'mdev' as const,
      address: uuid,
      vendor: 'NVIDIA',
      product: 'GRID A2-2Q',
      driver: 'vfio_mdev',
      iommuGroup: 40,
    },
  ]
  if (share(host.salt, 172) >= NO_IOMMU_SHARE) return devices
  return devices.filter(({ kind }) => kind !== 'mdev').map((device) => ({ ...device, iommuGroup: null }))
}

/** Addresses of the host's devices that a machine's definition holds. */
function heldBy(machine: SimulatedMachine): readonly string[] {
  const definitions = [machine.edited?.kept, machine.edited?.running].flatMap((each) => each ?? [])
  if (definitions.length === 0) return shapeOf(machine).hostDevices.map(({ address }) => address)
  return definitions.flatMap((domain) => childrenOf(child(domain, 'devices'), 'hostdev').flatMap((device) => hostAddress(device) ?? []))
}

/** What the host can give to this machine, and why not. */
export function hostDevicesFor(host: SimulatedHost, machine: SimulatedMachine): HostDevice[] {
  const users = new Map<string, SimulatedMachine>()
  for (const each of host.machines.values()) for (const address of heldBy(each)) if (!users.has(address)) users.set(address, each)
  const own = new Set(heldBy(machine))
  const all = devicesOf(host)
  return all.map((device) => {
    const user = own.has(device.address) ? machine : users.get(device.address)
    const mates = all.filter(({ iommuGroup, name }) => iommuGroup !== null && iommuGroup === device.iommuGroup && name !== device.name)
    const isBusy = user !== undefined
    return {
      ...device,
      driver: isBusy && device.kind === 'pci' ? 'vfio-pci' : device.driver,
      groupMates: mates.map(({ name, product, driver }) => ({ name, product, driver })),
      usedBy: user?.facts.name ?? null,
      reason: reasonOf(device, user, machine),
    }
  })
}

function reasonOf({ product, name, kind, iommuGroup }: OfferedDevice, user: SimulatedMachine | undefined, self: SimulatedMachine) {
  const device = product ?? name
  if (user === self) return hardwareReason('hardware.host-device-own', { device })
  if (user) return hardwareReason('hardware.host-device-used', { device, machine: user.facts.name })
  return kind === 'pci' && iommuGroup === null ? hardwareReason('hardware.no-iommu') : null
}

/** One NUMA node a socket, its processors in a row. */
export function cellsOf({ facts: { cpus, sockets, memoryKiB } }: SimulatedHost): HardwareOptions['cells'] {
  const cells = Math.max(1, sockets ?? 1)
  const each = Math.max(1, Math.floor((cpus ?? 1) / cells))
  return Array.from({ length: cells }, (_, id) => ({
    id,
    cpus: Array.from({ length: each }, (_cpu, at) => id * each + at),
    memoryKiB: memoryKiB === null ? null : Math.floor(memoryKiB / cells),
  }))
}

export const FILTERS = ['allow-dhcp', 'clean-traffic', 'no-ip-spoofing', 'no-mac-spoofing', 'no-other-l2-traffic']
