import type { EditableDisk, EditableHardware, EditableNic, PendingChange } from '../../../shared/model/index.ts'

type Value = string | number | boolean | null | undefined
export type Field = readonly [field: string, running: Value, kept: Value]

const shown = (value: Value): string | null => (value === null || value === undefined ? null : String(value))

/** The fields that differ, of a device or of none. */
export function differing(device: string | null, fields: readonly Field[]): PendingChange[] {
  return fields
    .filter(([, running, kept]) => running !== kept)
    .map(([field, running, kept]) => ({ device, field, running: shown(running), kept: shown(kept) }))
}

export interface Compared {
  /** Processors are told apart by each hypervisor's own rules. */
  readonly cpu: readonly Field[]
  /** The guest was told already to make do with what is kept: a start would tell it nothing else. */
  readonly isMemoryTold: boolean
}

/** What the next start will change of what is no device, in the order of the definition. */
export function settingChanges(running: EditableHardware, kept: EditableHardware, { cpu, isMemoryTold }: Compared): PendingChange[] {
  const pins = ({ pinning }: EditableHardware) => pinning.vcpus.map(({ vcpu, cpus }) => `${vcpu}: ${cpus}`).join('; ') || null
  const numa = (hardware: EditableHardware) => hardware.numa && `${hardware.numa.mode} ${hardware.numa.nodes}`
  const order = ({ boot }: EditableHardware) => boot.order.join(', ') || null
  return differing(null, [
    ['vcpus', running.vcpus, kept.vcpus],
    ['maxVcpus', running.maxVcpus, kept.maxVcpus],
    ...cpu,
    ...(isMemoryTold ? [] : ([['memoryKiB', running.memoryKiB, kept.memoryKiB]] as const)),
    ['maxMemoryKiB', running.maxMemoryKiB, kept.maxMemoryKiB],
    ['boot.order', order(running), order(kept)],
    ['boot.menu', running.boot.menu, kept.boot.menu],
    ['pinning.vcpus', pins(running), pins(kept)],
    ['pinning.emulator', running.pinning.emulator, kept.pinning.emulator],
    ['numa', numa(running), numa(kept)],
    ...TUNE.map((key): Field => [`tune.${key}`, running.tune[key], kept.tune[key]]),
  ])
}

const TUNE = ['cpuShares', 'cpuQuotaPercent', 'memoryHardLimitKiB', 'memorySoftLimitKiB', 'ioWeight'] as const

/** The text of a processor's topology; null: it has none of its own. */
export function topologyText({ topology }: EditableHardware['cpu']): string | null {
  return topology && Object.values(topology).join('×')
}

/** What a start will change of disks and cards. */
export function deviceChanges(running: EditableHardware, kept: EditableHardware): PendingChange[] {
  return [
    ...paired(running.disks, kept.disks).flatMap(([was, will]) => diskChanges(was, will)),
    ...paired(running.nics, kept.nics).flatMap(([was, will]) => nicChanges(was, will)),
  ]
}

/** Other devices by their key, in words that are the same for two that mean the same. */
export interface DeviceTexts {
  readonly running: ReadonlyMap<string, string>
  readonly kept: ReadonlyMap<string, string>
}

/** The same of all other devices. `ignored`: kinds that a hypervisor adds by itself, and that stay when what they were for has gone. */
export function otherChanges(
  running: EditableHardware,
  kept: EditableHardware,
  texts: DeviceTexts,
  ignored: ReadonlySet<string> = new Set(),
): PendingChange[] {
  return paired(running.others, kept.others).flatMap(([before, after]) => {
    if (!before || !after) {
      const one = before ?? after
      return one && !ignored.has(one.kind) ? comesOrGoes(one, before?.summary ?? null, after?.summary ?? null) : []
    }
    if (texts.running.get(before.key) === texts.kept.get(after.key)) return []
    return [{ device: after.key, field: after.kind, running: before.summary, kept: after.summary }]
  })
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

function comesOrGoes(device: { readonly key: string } | null, running: string | null, kept: string | null): PendingChange[] {
  return device ? [{ device: device.key, field: 'device', running, kept }] : []
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
