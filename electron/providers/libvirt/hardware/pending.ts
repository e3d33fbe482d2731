import type { EditableHardware, PendingChange } from '../../../../shared/model/index.ts'
import { at, attributeOf, parseXml, type XmlElement } from '../../../xml/index.ts'
import { deviceChanges, differing, type Field, otherChanges, settingChanges, topologyText } from '../../hardware/index.ts'
import type { BalloonTarget } from './balloon.ts'
import { keyedDevices } from './device-keys.ts'
import { canonical } from './normal.ts'

/** Controllers that libvirt adds by itself for what is plugged in, and that stay when it has gone. */
const SELF_ADDED: ReadonlySet<string> = new Set(['controller'])

/**
 * What the next start will change, by meaning: names and places that libvirt gives a running machine do not count, nor the order of devices,
 * nor what `host-model` and defaults have become in it.
 */
export function pendingChanges(
  running: EditableHardware,
  kept: EditableHardware,
  texts: { readonly runningXml: string; readonly keptXml: string; readonly balloon?: BalloonTarget | null },
): PendingChange[] {
  const now = parseXml(texts.runningXml)
  const next = parseXml(texts.keptXml)
  const canon = (domain: XmlElement) => new Map(keyedDevices(at(domain, 'devices')).map(({ key, element }) => [key, canonical(element)]))
  return [
    ...settingChanges(running, kept, {
      cpu: cpuFields(running.cpu, kept.cpu),
      isMemoryTold: texts.balloon?.targetKiB === kept.memoryKiB,
    }),
    ...deviceChanges(running, kept),
    ...otherChanges(running, kept, { running: canon(now), kept: canon(next) }, SELF_ADDED),
    ...restChanges(now, next),
  ]
}

/** host-model becomes what the host has; no model at all becomes the emulator's own. */
function cpuFields(running: EditableHardware['cpu'], kept: EditableHardware['cpu']): readonly Field[] {
  const isResolved = running.mode === 'custom' && kept.mode !== 'custom' && (kept.mode === null || kept.mode === 'host-model')
  const topology: Field = ['cpu.topology', topologyText(running), topologyText(kept)]
  if (isResolved) return [topology]
  const model: readonly Field[] = kept.mode === 'custom' ? [['cpu.model', running.model, kept.model]] : []
  return [['cpu.mode', running.mode, kept.mode], ...model, topology]
}

/** Read above, of no hardware, or made by libvirt for the run. */
const NOT_COMPARED: ReadonlySet<string> = new Set([
  'name',
  'uuid',
  'genid',
  'title',
  'description',
  'metadata',
  'memory',
  'currentMemory',
  'maxMemory',
  'vcpu',
  'vcpus',
  'cpu',
  'os',
  'devices',
  'seclabel',
  'resource',
  'cputune',
  'numatune',
  'memtune',
  'blkiotune',
  'iothreadids',
])

/** The machine's type and firmware, and everything else of a definition that this program has no words for. */
function restChanges(now: XmlElement, next: XmlElement): PendingChange[] {
  const os = (domain: XmlElement) => ({
    machine: attributeOf(at(domain, 'os', 'type'), 'machine'),
    firmware: attributeOf(at(domain, 'os'), 'firmware'),
  })
  const names = new Set([...now.children, ...next.children].map(({ name }) => name).filter((name) => !NOT_COMPARED.has(name)))
  const texts = (domain: XmlElement, name: string) =>
    domain.children.flatMap((each) => (each.name === name ? [canonical(each)] : [])).join('') || null
  return differing(null, [
    ['machineType', os(now).machine, os(next).machine],
    ['firmware', os(now).firmware, os(next).firmware],
    ...[...names].map((name) => [`definition.${name}`, texts(now, name), texts(next, name)] as const),
  ])
}
