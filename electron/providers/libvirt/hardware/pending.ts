import type { EditableDisk, EditableHardware, EditableNic, PendingChange } from '../../../../shared/model/index.ts'
import { at, attributeOf, parseXml, type XmlElement } from '../../../xml/index.ts'
import type { BalloonTarget } from './balloon.ts'
import { keyedDevices } from './device-keys.ts'
import { canonical } from './normal.ts'

type Value = string | number | boolean | null

const shown = (value: Value | undefined): string | null => (value === null || value === undefined ? null : String(value))

function differing(device: string | null, fields: ReadonlyArray<readonly [field: string, running: Value, kept: Value]>): PendingChange[] {
  return fields
    .filter(([, running, kept]) => running !== kept)
    .map(([field, running, kept]) => ({ device, field, running: shown(running), kept: shown(kept) }))
}

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
  // it was told so already: a start would tell it nothing else
  const isTold = texts.balloon?.targetKiB === kept.memoryKiB
  return [
    ...differing(null, [
      ['vcpus', running.vcpus, kept.vcpus],
      ['maxVcpus', running.maxVcpus, kept.maxVcpus],
    ]),
    ...cpuChanges(running.cpu, kept.cpu),
    ...differing(null, [
      ...(isTold ? [] : ([['memoryKiB', running.memoryKiB, kept.memoryKiB]] as const)),
      ['maxMemoryKiB', running.maxMemoryKiB, kept.maxMemoryKiB],
      ['boot.order', running.boot.order.join(', ') || null, kept.boot.order.join(', ') || null],
      ['boot.menu', running.boot.menu, kept.boot.menu],
    ]),
    ...pinningChanges(running, kept),
    ...differing(null, [
      ['numa', running.numa && `${running.numa.mode} ${running.numa.nodes}`, kept.numa && `${kept.numa.mode} ${kept.numa.nodes}`],
    ]),
    ...tuneChanges(running.tune, kept.tune),
    ...paired(running.disks, kept.disks).flatMap(([was, will]) => diskChanges(was, will)),
    ...paired(running.nics, kept.nics).flatMap(([was, will]) => nicChanges(was, will)),
    ...otherChanges(running, kept, now, next),
    ...restChanges(now, next),
  ]
}

/** host-model becomes what the host has; no model at all becomes the emulator's own. */
function cpuChanges(running: EditableHardware['cpu'], kept: EditableHardware['cpu']): PendingChange[] {
  const isResolved = running.mode === 'custom' && kept.mode !== 'custom' && (kept.mode === null || kept.mode === 'host-model')
  const topology = (cpu: EditableHardware['cpu']) => cpu.topology && Object.values(cpu.topology).join('×')
  return differing(null, [
    ...(isResolved
      ? []
      : ([
          ['cpu.mode', running.mode, kept.mode],
          ...(kept.mode === 'custom' ? ([['cpu.model', running.model, kept.model]] as const) : []),
        ] as const)),
    ['cpu.topology', topology(running), topology(kept)],
  ])
}

function pinningChanges({ pinning: running }: EditableHardware, { pinning: kept }: EditableHardware): PendingChange[] {
  const text = ({ vcpus }: EditableHardware['pinning']) => vcpus.map(({ vcpu, cpus }) => `${vcpu}: ${cpus}`).join('; ') || null
  return differing(null, [
    ['pinning.vcpus', text(running), text(kept)],
    ['pinning.emulator', running.emulator, kept.emulator],
  ])
}

function tuneChanges(running: EditableHardware['tune'], kept: EditableHardware['tune']): PendingChange[] {
  return differing(null, [
    ['tune.cpuShares', running.cpuShares, kept.cpuShares],
    ['tune.cpuQuotaPercent', running.cpuQuotaPercent, kept.cpuQuotaPercent],
    ['tune.memoryHardLimitKiB', running.memoryHardLimitKiB, kept.memoryHardLimitKiB],
    ['tune.memorySoftLimitKiB', running.memorySoftLimitKiB, kept.memorySoftLimitKiB],
    ['tune.ioWeight', running.ioWeight, kept.ioWeight],
  ])
}

/** Devices of both by their keys, in the order of the kept definition; those that go come last. */
function paired<T extends { readonly key: string }>(
  running: readonly T[],
  kept: readonly T[],
): ReadonlyArray<readonly [T | null, T | null]> {
  const was = new Map(running.map((each) => [each.key, each]))
  const will = new Set(kept.map(({ key }) => key))
  return [
    ...kept.map((each) => [was.get(each.key) ?? null, each] as const),
    ...running.filter(({ key }) => !will.has(key)).map((each) => [each, null] as const),
  ]
}

function limitsText(limits: object): string | null {
  const set = Object.entries(limits).filter(([, value]) => value !== null)
  return set.length === 0 ? null : JSON.stringify(Object.fromEntries(set))
}

function diskChanges(running: EditableDisk | null, kept: EditableDisk | null): PendingChange[] {
  const name = (disk: EditableDisk) => disk.source ?? disk.device
  if (!running || !kept) return comesOrGoes(running ?? kept, running && name(running), kept && name(kept))
  return differing(kept.key, [
    ['disk.source', running.source, kept.source],
    // of an empty drive it means nothing
    ...(running.source === null ? [] : ([['disk.format', running.format, kept.format]] as const)),
    ['disk.bus', running.bus, kept.bus],
    ['disk.cache', running.cache, kept.cache],
    ['disk.discard', running.discard, kept.discard],
    ['disk.readOnly', running.readOnly, kept.readOnly],
    ['disk.shareable', running.shareable, kept.shareable],
    ['disk.limits', limitsText(running.limits), limitsText(kept.limits)],
  ])
}

function nicChanges(running: EditableNic | null, kept: EditableNic | null): PendingChange[] {
  const name = ({ kind, source }: EditableNic) => source ?? kind
  if (!running || !kept) return comesOrGoes(running ?? kept, running && name(running), kept && name(kept))
  return differing(kept.key, [
    ['nic.source', name(running), name(kept)],
    ['nic.model', running.model, kept.model],
    ['nic.linkUp', running.linkUp, kept.linkUp],
    ['nic.filter', running.filter, kept.filter],
    ['nic.limits', limitsText(running.limits), limitsText(kept.limits)],
  ])
}

function comesOrGoes(device: { readonly key: string } | null, running: string | null, kept: string | null): PendingChange[] {
  return device ? [{ device: device.key, field: 'device', running, kept }] : []
}

/** Controllers that libvirt adds by itself for what is plugged in, and that stay when it has gone. */
const SELF_ADDED: ReadonlySet<string> = new Set(['controller'])

function otherChanges(running: EditableHardware, kept: EditableHardware, now: XmlElement, next: XmlElement): PendingChange[] {
  const canon = (domain: XmlElement) => new Map(keyedDevices(at(domain, 'devices')).map(({ key, element }) => [key, canonical(element)]))
  const was = canon(now)
  const will = canon(next)
  return paired(running.others, kept.others).flatMap(([before, after]) => {
    if (!before || !after) {
      const one = before ?? after
      if (!one || SELF_ADDED.has(one.kind)) return []
      return comesOrGoes(one, before?.summary ?? null, after?.summary ?? null)
    }
    if (was.get(before.key) === will.get(after.key)) return []
    return [{ device: after.key, field: after.kind, running: before.summary, kept: after.summary }]
  })
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
