import type { HardwareEdit } from '../../../../shared/model/index.ts'
import type { EditOf } from '../../hardware/index.ts'
import { child, childrenOf, element, need, parseTree, put, type Tree, tidy } from './definition-tree.ts'
import { addDevice, addedDevice, changeDevice, type EditFacts, putDevice, setBoot } from './edit-device.ts'
import { kibOf, vcpusOf } from './read-editable.ts'

const PERIOD_US = 100_000

/** A definition as an edit leaves it. One that does not fit changes nothing. */
export function edited(definition: Tree, edit: HardwareEdit, facts: EditFacts): Tree {
  if (edit.edit === 'setDefinition') return parseTree(edit.xml)
  const domain = structuredClone(definition)
  change(domain, edit, facts)
  return domain
}

function change(domain: Tree, edit: Exclude<HardwareEdit, { edit: 'setDefinition' }>, facts: EditFacts): void {
  switch (edit.edit) {
    case 'setVcpus':
      setVcpus(domain, edit)
      return
    case 'setCpu':
      setCpu(domain, edit)
      return
    case 'setMemory':
      setMemory(domain, edit)
      return
    case 'setBoot':
      setBoot(domain, edit)
      return
    case 'setPinning':
      setPinning(domain, edit)
      return
    case 'setNuma':
      put(
        need(domain, 'numatune', 'vcpu'),
        'memory',
        edit.nodes === null ? null : element('memory', { mode: edit.mode, nodeset: edit.nodes }),
      )
      tidy(domain, 'numatune')
      return
    case 'setTune':
      setTune(domain, edit)
      return
    case 'addDisk':
    case 'addDrive':
    case 'addNic':
    case 'addHostDevice':
    case 'addDevice': {
      const added = addedDevice(edit, facts)
      if (added) addDevice(domain, added)
      return
    }
    case 'changeDisk':
    case 'setMedia':
    case 'changeNic':
      changeDevice(domain, edit, facts)
      return
    case 'removeDevice':
      putDevice(domain, edit.device, null)
      return
    case 'changeDevice':
      putDevice(domain, edit.device, parseTree(edit.xml))
      return
    case 'resizeDisk':
      return
    default:
      edit satisfies never
  }
}

function setVcpus(domain: Tree, { vcpus, maxVcpus }: EditOf<'setVcpus'>): void {
  const before = vcpusOf(domain).maxVcpus
  const max = maxVcpus ?? before
  const current = vcpus === max ? null : vcpus
  put(domain, 'vcpu', element('vcpu', { placement: 'static', current }, [], String(max)), 'currentMemory')
  const topology = child(domain, 'cpu', 'topology')?.attributes
  const each = Number(topology?.cores ?? 1) * Number(topology?.threads ?? 1)
  if (topology && max !== before && max % each === 0) topology.sockets = String(max / each)
}

function setCpu(domain: Tree, { cpu }: EditOf<'setCpu'>): void {
  const { mode, model, topology, features, vcpus } = cpu
  const inner = [
    ...(model === undefined ? [] : [element('model', { fallback: 'forbid' }, [], model)]),
    ...(topology === null ? [] : [element('topology', topology)]),
    ...features.map(({ name, policy }) => element('feature', { policy, name })),
  ]
  put(domain, 'cpu', element('cpu', { mode, check: mode === 'host-passthrough' ? null : 'partial' }, inner), 'features')
  if (vcpusOf(domain).maxVcpus !== vcpus) setVcpus(domain, { edit: 'setVcpus', vcpus, maxVcpus: vcpus })
}

function setMemory(domain: Tree, { memoryKiB, maxMemoryKiB }: EditOf<'setMemory'>): void {
  const kib = (name: string, value: number) => element(name, { unit: 'KiB' }, [], String(value))
  if (maxMemoryKiB !== undefined) put(domain, 'memory', kib('memory', maxMemoryKiB))
  if (memoryKiB > (kibOf(child(domain, 'memory')) ?? 0)) return
  put(domain, 'currentMemory', kib('currentMemory', memoryKiB), 'memory')
}

function setPinning(domain: Tree, { vcpus, emulator }: EditOf<'setPinning'>): void {
  const tune = need(domain, 'cputune', 'vcpu')
  const named = new Map(vcpus.map(({ vcpu, cpus }) => [vcpu, cpus]))
  const kept = childrenOf(tune, 'vcpupin').filter(({ attributes }) => !named.has(Number(attributes.vcpu)))
  const added = vcpus.flatMap(({ vcpu, cpus }) => (cpus === null ? [] : [element('vcpupin', { vcpu, cpuset: cpus })]))
  put(tune, 'vcpupin', null)
  tune.children = [...tune.children, ...[...kept, ...added].toSorted((a, b) => Number(a.attributes.vcpu) - Number(b.attributes.vcpu))]
  if (emulator !== undefined) put(tune, 'emulatorpin', emulator === null ? null : element('emulatorpin', { cpuset: emulator }))
  tidy(domain, 'cputune')
}

function setTune(domain: Tree, edit: EditOf<'setTune'>): void {
  const set = (parent: string, name: string, value: number | null | undefined, unit: string | null = null) => {
    if (value === undefined) return
    put(need(domain, parent, 'vcpu'), name, value === null ? null : element(name, { unit }, [], String(value)))
    tidy(domain, parent)
  }
  const { cpuQuotaPercent: percent } = edit
  set('cputune', 'shares', edit.cpuShares)
  if (percent !== undefined) {
    set('cputune', 'period', percent === null ? null : PERIOD_US)
    set('cputune', 'quota', percent === null ? null : Math.max(1_000, Math.round((percent * PERIOD_US) / 100)))
  }
  set('memtune', 'hard_limit', edit.memoryHardLimitKiB, 'KiB')
  set('memtune', 'soft_limit', edit.memorySoftLimitKiB, 'KiB')
  set('blkiotune', 'weight', edit.ioWeight)
}
