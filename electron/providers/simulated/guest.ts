import type { GuestCommand, GuestInfo } from '../../../shared/model/index.ts'
import { macOf } from './build/shape-of.ts'
import { disksOf } from './disks.ts'
import { holdsMemory, type SimulatedMachine } from './fleet.ts'
import * as problems from './problems.ts'
import { mix, share } from './random.ts'
import type { World } from './world.ts'

const DAY_MS = 86_400_000
/** Kernels as the distributions name them. */
const KERNELS: Readonly<Record<string, string>> = {
  'Debian 13': '6.12.57+deb13-amd64',
  'Debian 12': '6.1.0-41-amd64',
  'Ubuntu 24.04': '6.8.0-88-generic',
  'Ubuntu 22.04': '5.15.0-161-generic',
  'RHEL 9.6': '5.14.0-570.58.1.el9_6.x86_64',
  'AlmaLinux 9.6': '5.14.0-570.58.1.el9_6.x86_64',
  'Alpine 3.22': '6.12.58-0-virt',
}
const ADMINS = ['maja', 'oskar', 'ines', 'root'] as const

/** What the agent of a simulated guest tells: the same for the same machine, the fill of its disks grows by the day. */
export function guestInfoOf(world: World, machine: SimulatedMachine): GuestInfo {
  const observedAtMs = world.clock.nowMs()
  const { agent, state } = machine.facts
  const isUp = agent === 'connected' && state === 'running'
  if (!isUp) {
    const silent = agent === 'none' || agent === null ? 'none' : 'disconnected'
    return { ...NOTHING, agent: silent, observedAtMs }
  }
  const { name, os } = machine.facts
  const windows = isWindows(machine)
  return {
    agent: 'connected',
    hostname: name,
    os: {
      name: os ?? 'Linux',
      id: windows ? 'mswindows' : (os?.split(' ')[0]?.toLowerCase() ?? null),
      version: /\d[\d.]*/.exec(os ?? '')?.[0] ?? null,
      kernel: kernelOf(machine),
      architecture: 'x86_64',
    },
    timezone: { name: 'Europe/Warsaw', offsetMinutes: 60 },
    clockOffsetMs: Math.round((share(machine.salt, 312) - 0.5) * 80),
    users: usersOf(machine, observedAtMs),
    filesystems: [...filesystemsOf(machine, observedAtMs)],
    interfaces: interfacesOf(machine),
    unread: [],
    observedAtMs,
  }
}

function interfacesOf(machine: SimulatedMachine): NonNullable<GuestInfo['interfaces']> {
  const mac = macOf(machine)
  const addresses = machine.facts.addresses.map((address) => ({ address, prefix: address.includes(':') ? 64 : 24 }))
  return mac === null ? [] : [{ name: interfaceOf(machine), mac, addresses }]
}

const NOTHING = {
  hostname: null,
  os: null,
  timezone: null,
  clockOffsetMs: null,
  users: null,
  filesystems: null,
  interfaces: null,
  unread: [],
}

function isWindows(machine: SimulatedMachine): boolean {
  return machine.facts.os?.startsWith('Windows') ?? false
}

/** Null: Windows has none that it tells. */
export function kernelOf(machine: SimulatedMachine): string | null {
  return isWindows(machine) ? null : (KERNELS[machine.facts.os ?? ''] ?? '6.12.57')
}

/** What the guest calls its network card. */
export function interfaceOf(machine: SimulatedMachine): string {
  return isWindows(machine) ? 'Ethernet' : 'ens3'
}

export function filesystemsOf(machine: SimulatedMachine, atMs: number): NonNullable<GuestInfo['filesystems']> {
  const windows = isWindows(machine)
  return disksOf(machine)
    .filter((disk) => !disk.readOnly)
    .map((disk, index) => ({
      mountpoint: windows ? `${'CDEF'[index] ?? 'Z'}:\\` : index === 0 ? '/' : `/srv/${index}`,
      device: windows ? `disk${index}` : `${disk.target}1`,
      type: windows ? 'NTFS' : 'ext4',
      totalBytes: disk.capacityBytes,
      usedBytes: disk.capacityBytes === null ? null : Math.round(disk.capacityBytes * fillOf(machine, index, atMs)),
      disks: [disk.target],
    }))
}

function usersOf(machine: SimulatedMachine, nowMs: number): NonNullable<GuestInfo['users']> {
  const count = mix(machine.salt, 313) % 3
  return Array.from({ length: count }, (_, index) => ({
    name: ADMINS[mix(machine.salt, 314, index) % ADMINS.length] ?? 'root',
    domain: null,
    loggedInAtMs: Math.round(nowMs - share(machine.salt, 315, index) * DAY_MS),
  }))
}

function fillOf(machine: SimulatedMachine, index: number, nowMs: number): number {
  const start = 0.15 + share(machine.salt, 316, index) * 0.6
  const grown = ((nowMs / DAY_MS) % 30) * 0.005 * share(machine.salt, 317, index)
  return Math.min(0.99, start + grown)
}

/** Throws `precondition` guest.no-agent. */
export function guestDo(machine: SimulatedMachine, command: GuestCommand): void {
  if (!holdsMemory(machine.facts.state) || machine.facts.agent !== 'connected') throw problems.noAgent(machine)
  if (command.do === 'set-password' && command.user === 'nobody') throw problems.noSuchUser(machine, command.user)
}
