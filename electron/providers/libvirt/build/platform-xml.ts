import type { MachineSpec, OsEntry } from '../../../../shared/model/index.ts'
import type { Abilities } from './abilities.ts'
import { element, type Tree, textElement } from './xml-tree.ts'

/** The parts of a definition that are not devices: firmware, features, processor, clock. */

const SECURE_FEATURES = ['enrolled-keys', 'secure-boot']
const FIRMWARE_FEATURES = 7_002_000

export function isPc(abilities: Abilities): boolean {
  return abilities.capabilities.arch === 'x86_64' || abilities.capabilities.arch === 'i686'
}

/** libvirt picks the firmware's files by itself, from what the host's packages say of them (formatdomain.html, "OS booting"). */
export function osElement(spec: MachineSpec, abilities: Abilities): Tree {
  const { arch } = abilities.capabilities
  const machine = spec.machineType ?? abilities.machine
  const secure = spec.firmware === 'uefi-secure'
  const isUefi = spec.firmware !== 'bios'
  const feature = (name: string, enabled: boolean) => element('feature', { enabled: enabled ? 'yes' : 'no', name })
  const says = isUefi && abilities.libvirtVersion >= FIRMWARE_FEATURES && isPc(abilities)
  return element(
    'os',
    { firmware: isUefi ? 'efi' : null },
    textElement('type', 'hvm', { arch, machine }),
    says && element('firmware', {}, ...(secure ? SECURE_FEATURES.map((name) => feature(name, true)) : [feature('secure-boot', false)])),
    secure && element('loader', { secure: 'yes' }),
  )
}

/** What Windows is told of a hypervisor so that it waits less for what it cannot have (libvirt's own recommendation). */
const ENLIGHTENMENTS = ['relaxed', 'vapic', 'spinlocks', 'vpindex', 'runtime', 'synic', 'stimer', 'frequencies', 'tlbflush', 'ipi']
/** Those that each KVM has that a supported libvirt runs on. */
const OLD_ENLIGHTENMENTS = ['relaxed', 'vapic', 'spinlocks']
/** As the Hyper-V specification recommends it. */
const SPINLOCK_RETRIES = 8_191

export function featuresElement(spec: MachineSpec, os: Pick<OsEntry, 'kind'>, abilities: Abilities): Tree | null {
  const pc = isPc(abilities)
  const { arch, virtType, hyperv } = abilities.capabilities
  const acpi = pc || (spec.firmware !== 'bios' && arch === 'aarch64')
  if (!acpi) return null
  const told = pc && os.kind === 'windows' && virtType === 'kvm' ? enlightenments(hyperv) : []
  const enlightenment = (name: string) => element(name, { state: 'on', retries: name === 'spinlocks' ? SPINLOCK_RETRIES : null })
  return element(
    'features',
    {},
    element('acpi'),
    pc && element('apic'),
    told.length > 0 && element('hyperv', {}, ...told.map(enlightenment)),
    spec.firmware === 'uefi-secure' && element('smm', { state: 'on' }),
  )
}

/** The timer needs the others that it is built on. */
function enlightenments(offered: readonly string[] | null): readonly string[] {
  if (offered === null) return OLD_ENLIGHTENMENTS
  const told = ENLIGHTENMENTS.filter((name) => offered.includes(name))
  return told.includes('synic') && told.includes('vpindex') ? told : told.filter((name) => name !== 'stimer' && name !== 'synic')
}

export function cpuElement({ cpu }: Pick<MachineSpec, 'cpu'>): Tree {
  const { mode, model, features, topology } = cpu
  const parts = topology ? element('topology', { sockets: topology.sockets, cores: topology.cores, threads: topology.threads }) : null
  if (mode !== 'custom') return element('cpu', { mode, check: mode === 'host-model' ? 'partial' : 'none' }, parts)
  return element(
    'cpu',
    { mode, match: 'exact', check: 'partial' },
    textElement('model', model ?? '', { fallback: 'forbid' }),
    parts,
    ...features.map(({ name, policy }) => element('feature', { policy, name })),
  )
}

/** Lost ticks of a PC's clocks are made up for, and those that keep an idle guest awake are left out. */
export function clockElement(os: Pick<OsEntry, 'kind' | 'localTime'>, abilities: Abilities): Tree {
  const windows = os.kind === 'windows' && abilities.capabilities.virtType === 'kvm'
  const timers = isPc(abilities)
    ? [
        element('timer', { name: 'rtc', tickpolicy: 'catchup' }),
        element('timer', { name: 'pit', tickpolicy: 'delay' }),
        element('timer', { name: 'hpet', present: 'no' }),
        windows && element('timer', { name: 'hypervclock', present: 'yes' }),
      ]
    : []
  return element('clock', { offset: os.localTime ? 'localtime' : 'utc' }, ...timers.filter((timer) => timer !== false))
}
