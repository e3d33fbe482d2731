import type { EditableDisk, EditableHardware, EditableNic, HardwareView } from '../../../shared/model/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'

type OtherDevice = EditableHardware['others'][number]
export type Device = EditableDisk | EditableNic | OtherDevice
export const SETTINGS = ['cpu', 'memory', 'boot', 'placement', 'tune'] as const
export type SettingId = (typeof SETTINGS)[number]
export const GROUPS = ['machine', 'disks', 'nics', 'host', 'others'] as const
export type GroupId = (typeof GROUPS)[number]

/** One line of the list: a setting of the machine, or a device. */
export interface Item {
  readonly id: string
  readonly group: GroupId
  readonly title: string
  /** In a few words, what it is now. */
  readonly summary: string
  /** What the next start does to it. */
  readonly change: 'none' | 'changes' | 'comes' | 'goes'
}

export function isDisk(device: Device): device is EditableDisk {
  return 'capacityBytes' in device
}

export function isNic(device: Device): device is EditableNic {
  return 'mac' in device
}

export function isDrive(device: Device): boolean {
  return isDisk(device) && (device.device === 'cdrom' || device.device === 'floppy')
}

function fileName(source: string | null): string | null {
  return source === null ? null : (source.split('/').at(-1) ?? source)
}

/** "Disk vda", "Card 52:54:00:12:34:56", "Passed through 0000:41:00.0". */
export function deviceTitle(device: Device, { t, optional }: I18n): string {
  if (isDisk(device)) return `${t(isDrive(device) ? 'hw.drive' : 'hw.disk')} ${device.target}`
  if (isNic(device)) return `${t('hw.card')} ${device.mac}`
  return optional(`device.${device.kind}`) ?? device.kind
}

function summaryOf(device: Device, { t, format }: I18n): string {
  if (isDisk(device)) {
    if (isDrive(device)) return fileName(device.source) ?? t('hw.empty-drive')
    return [device.capacityBytes === null ? null : format.bytes(device.capacityBytes), device.bus, fileName(device.source)]
      .filter((part) => part !== null)
      .join(', ')
  }
  if (isNic(device))
    return [device.source ?? device.kind, device.model, device.linkUp ? null : t('hw.unplugged')].filter(Boolean).join(', ')
  return device.summary
}

function devicesOf(hardware: EditableHardware | null): readonly Device[] {
  return hardware ? [...hardware.disks, ...hardware.nics, ...hardware.others] : []
}

/** A device by its key: as it is kept, else as it runs. */
export function deviceIn({ kept, running }: HardwareView, key: string): Device | undefined {
  return [...devicesOf(kept), ...devicesOf(running)].find((device) => device.key === key)
}

function groupOf(device: Device): GroupId {
  if (isDisk(device)) return 'disks'
  if (isNic(device)) return 'nics'
  return device.kind === 'hostdev' ? 'host' : 'others'
}

const PREFIXES: Readonly<Record<SettingId, readonly string[]>> = {
  cpu: ['vcpus', 'maxVcpus', 'cpu.'],
  memory: ['memoryKiB', 'maxMemoryKiB'],
  boot: ['boot.'],
  placement: ['pinning.', 'numa'],
  tune: ['tune.'],
}

/** The setting that a pending change of no device belongs to; null: to none that has a form. */
export function settingOf(field: string): SettingId | null {
  return SETTINGS.find((id) => PREFIXES[id].some((prefix) => field.startsWith(prefix))) ?? null
}

function settingSummary(id: SettingId, hardware: EditableHardware, { t, format }: I18n): string {
  switch (id) {
    case 'cpu':
      return t('hw.summary.cpu', { vcpus: hardware.vcpus, mode: hardware.cpu.model ?? hardware.cpu.mode ?? t('hw.usual') })
    case 'memory':
      return format.bytes(hardware.memoryKiB * 1_024)
    case 'boot':
      return hardware.boot.order.map((key) => key.replace(/^(disk|nic):/, '')).join(', ') || t('hw.boot.none')
    case 'placement':
      return hardware.pinning.vcpus.length > 0
        ? t('hw.summary.pinned', { count: hardware.pinning.vcpus.length })
        : hardware.numa
          ? t('hw.summary.numa', { nodes: hardware.numa.nodes })
          : t('hw.summary.anywhere')
    case 'tune': {
      const count = Object.values(hardware.tune).filter((value) => value !== null).length
      return count === 0 ? t('hw.usual') : t('hw.summary.tuned', { count })
    }
    default:
      return id satisfies never
  }
}

/** All that the machine is made of, in the order in which it is shown. */
export function itemsOf(view: HardwareView, i18n: I18n): readonly Item[] {
  const { running, kept, pending } = view
  const shown = kept ?? running
  if (!shown) return []
  const settings = SETTINGS.map(
    (id): Item => ({
      id,
      group: 'machine',
      title: i18n.t(`hw.item.${id}`),
      summary: settingSummary(id, shown, i18n),
      change: pending.some(({ device, field }) => device === null && settingOf(field) === id) ? 'changes' : 'none',
    }),
  )
  const keys = new Set(devicesOf(kept).map(({ key }) => key))
  const devices = [...devicesOf(kept), ...devicesOf(running).filter(({ key }) => !keys.has(key))]
  const shownDevices = devices.map((device): Item => {
    const change = pending.find((each) => each.device === device.key)
    const comesOrGoes = change?.field === 'device' ? (change.running === null ? 'comes' : 'goes') : null
    return {
      id: device.key,
      group: groupOf(device),
      title: deviceTitle(device, i18n),
      summary: summaryOf(device, i18n),
      change: comesOrGoes ?? (change ? 'changes' : 'none'),
    }
  })
  return [...settings, ...GROUPS.flatMap((group) => shownDevices.filter((item) => item.group === group))]
}
