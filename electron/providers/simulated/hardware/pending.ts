import type { EditableDisk, EditableHardware, EditableNic, PendingChange } from '../../../../shared/model/index.ts'
import { printTree, type Tree } from './definition-tree.ts'
import { keyedDevices } from './device-keys.ts'

type Value = string | number | boolean | null
type Field = readonly [field: string, running: Value, kept: Value]

function differing(device: string | null, fields: readonly Field[]): PendingChange[] {
  const shown = (value: Value) => (value === null ? null : String(value))
  return fields
    .filter(([, running, kept]) => running !== kept)
    .map(([field, running, kept]) => ({ device, field, running: shown(running), kept: shown(kept) }))
}

/** What the next start will change, in the order of the definition. */
export function pendingChanges(running: EditableHardware, kept: EditableHardware, trees: { running: Tree; kept: Tree }): PendingChange[] {
  const topology = ({ cpu }: EditableHardware) => cpu.topology && Object.values(cpu.topology).join('×')
  const pins = ({ pinning }: EditableHardware) => pinning.vcpus.map(({ vcpu, cpus }) => `${vcpu}: ${cpus}`).join('; ') || null
  const numa = (hardware: EditableHardware) => hardware.numa && `${hardware.numa.mode} ${hardware.numa.nodes}`
  return [
    ...differing(null, [
      ['vcpus', running.vcpus, kept.vcpus],
      ['maxVcpus', running.maxVcpus, kept.maxVcpus],
      ['cpu.mode', running.cpu.mode, kept.cpu.mode],
      ['cpu.model', running.cpu.model, kept.cpu.model],
      ['cpu.topology', topology(running), topology(kept)],
      ['memoryKiB', running.memoryKiB, kept.memoryKiB],
      ['maxMemoryKiB', running.maxMemoryKiB, kept.maxMemoryKiB],
      ['boot.order', running.boot.order.join(', ') || null, kept.boot.order.join(', ') || null],
      ['boot.menu', running.boot.menu, kept.boot.menu],
      ['pinning.vcpus', pins(running), pins(kept)],
      ['pinning.emulator', running.pinning.emulator, kept.pinning.emulator],
      ['numa', numa(running), numa(kept)],
      ...(Object.keys(kept.tune) as ReadonlyArray<keyof EditableHardware['tune']>).map(
        (key): Field => [`tune.${key}`, running.tune[key], kept.tune[key]],
      ),
    ]),
    ...paired(running.disks, kept.disks).flatMap(([was, will]) => diskChanges(was, will)),
    ...paired(running.nics, kept.nics).flatMap(([was, will]) => nicChanges(was, will)),
    ...otherChanges(running, kept, trees),
  ]
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

function otherChanges(running: EditableHardware, kept: EditableHardware, trees: { running: Tree; kept: Tree }): PendingChange[] {
  const texts = (domain: Tree) => new Map(keyedDevices(domain).map(({ key, tree }) => [key, printTree(tree)]))
  const [was, will] = [texts(trees.running), texts(trees.kept)]
  return paired(running.others, kept.others).flatMap(([before, after]) => {
    if (!before || !after) return comesOrGoes(before ?? after, before?.summary ?? null, after?.summary ?? null)
    if (was.get(before.key) === will.get(after.key)) return []
    return [{ device: after.key, field: after.kind, running: before.summary, kept: after.summary }]
  })
}
