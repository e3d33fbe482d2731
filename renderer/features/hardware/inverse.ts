import type { EditableHardware, HardwareEdit, HardwareView, PendingChange } from '../../../shared/model/index.ts'
import { deviceXmlOf } from './device-xml.ts'
import { sourceOf, wireOf } from './forms/wire-choice.tsx'

/** The edit of the kept definition that makes it again what runs, in this one point; null: no single edit does. */
export function takenBack({ device, field, running: runs }: PendingChange, view: HardwareView): HardwareEdit | null {
  const { running, kept } = view
  if (!running || !kept) return null
  if (device === null) return settingBack(field, running, kept)
  if (field === 'device') {
    if (runs === null) return { edit: 'removeDevice', device }
    const xml = deviceXmlOf(view.runningXml, device) ?? running.others.find(({ key }) => key === device)?.xml
    return xml ? { edit: 'addDevice', xml } : null
  }
  const disk = running.disks.find(({ key }) => key === device)
  if (disk && field === 'disk.source') {
    if (disk.device !== 'cdrom' && disk.device !== 'floppy') return null
    return { edit: 'setMedia', device, media: disk.place ?? (disk.source === null ? null : { path: disk.source }), force: false }
  }
  const part = field.slice(field.indexOf('.') + 1)
  if (disk && part in disk) return { edit: 'changeDisk', device, [part]: disk[part as keyof typeof disk] }
  const nic = running.nics.find(({ key }) => key === device)
  if (nic && field === 'nic.source') {
    const source = sourceOf(wireOf(nic), undefined)
    return source && { edit: 'changeNic', device, source }
  }
  if (nic && part in nic) return { edit: 'changeNic', device, [part]: nic[part as keyof typeof nic] }
  const other = running.others.find(({ key }) => key === device)
  return other ? { edit: 'changeDevice', device, xml: other.xml } : null
}

function settingBack(field: string, running: EditableHardware, kept: EditableHardware): HardwareEdit | null {
  if (field === 'vcpus' || field === 'maxVcpus') return { edit: 'setVcpus', vcpus: running.vcpus, maxVcpus: running.maxVcpus }
  if (field === 'memoryKiB' || field === 'maxMemoryKiB')
    return { edit: 'setMemory', memoryKiB: running.memoryKiB, maxMemoryKiB: running.maxMemoryKiB }
  if (field.startsWith('boot.')) return { edit: 'setBoot', order: [...running.boot.order], menu: running.boot.menu }
  if (field.startsWith('pinning.')) {
    const pins = new Map(running.pinning.vcpus.map(({ vcpu, cpus }) => [vcpu, cpus]))
    const all = new Set([...pins.keys(), ...kept.pinning.vcpus.map(({ vcpu }) => vcpu)])
    return {
      edit: 'setPinning',
      vcpus: [...all].map((vcpu) => ({ vcpu, cpus: pins.get(vcpu) ?? null })),
      emulator: running.pinning.emulator,
    }
  }
  if (field === 'numa') {
    const mode = (running.numa?.mode ?? 'strict') as Extract<HardwareEdit, { edit: 'setNuma' }>['mode']
    return { edit: 'setNuma', mode, nodes: running.numa?.nodes ?? null }
  }
  const key = field.slice('tune.'.length) as keyof EditableHardware['tune']
  return field.startsWith('tune.') && key in running.tune ? { edit: 'setTune', [key]: running.tune[key] } : null
}
