import type { HardwareEdit } from '../../../../shared/model/index.ts'
import { parseXml } from '../../../xml/index.ts'
import type { EditOf } from '../../hardware/index.ts'
import { cpuElement } from '../build/platform-xml.ts'
import { attribute, child, children, element, removeAttribute, setAttribute, setText, type Tree, textElement } from '../build/xml-tree.ts'
import { bringsController, scsiController } from './controllers.ts'
import { DefinitionText } from './definition-text.ts'
import { addedDevice, changeDevice, renameTarget } from './device-trees.ts'
import type { EditFacts } from './edit-facts.ts'

/** Of libvirt: what a processor's time is measured in, in microseconds. */
export const PERIOD_US = 100_000

/**
 * A definition as an edit leaves it: one element is replaced, added or cut, the rest stays to the byte. An edit that does not fit (a device
 * that is not there) changes nothing. Throws SyntaxError for a definition, or a device, that is no XML.
 */
export function edited(xml: string, edit: HardwareEdit, facts: EditFacts): string {
  const text = new DefinitionText(xml)
  change(text, edit, facts)
  return text.xml
}

function change(text: DefinitionText, edit: HardwareEdit, facts: EditFacts): void {
  const isThere = !('device' in edit) || text.device(edit.device) !== undefined
  if (isThere && bringsController(edit, parseXml(text.xml))) text.addDevice(scsiController())
  switch (edit.edit) {
    case 'setVcpus':
      setVcpus(text, edit)
      return
    case 'setCpu':
      setCpu(text, edit)
      return
    case 'setMemory':
      setMemory(text, edit)
      return
    case 'setBoot':
      setBoot(text, edit)
      return
    case 'setPinning':
      setPinning(text, edit)
      return
    case 'setNuma':
      setNuma(text, edit)
      return
    case 'setTune':
      setTune(text, edit)
      return
    case 'addDevice':
      text.addDevice(edit.xml)
      return
    case 'changeDevice':
      text.putDevice(edit.device, edit.xml.trim())
      return
    case 'removeDevice':
      text.putDevice(edit.device, null)
      return
    case 'addDisk':
    case 'addDrive':
    case 'addNic':
    case 'addHostDevice': {
      const added = addedDevice(edit, facts)
      if (added) text.addDevice(added)
      return
    }
    case 'changeDisk':
    case 'setMedia':
    case 'changeNic': {
      const device = text.device(edit.device)
      if (!device || !changeDevice(device, edit, facts)) return
      if (edit.edit === 'changeDisk' && edit.bus !== undefined) renameTarget(device, edit.bus, facts.targets)
      text.putDevice(edit.device, device)
      return
    }
    case 'setDefinition':
    case 'resizeDisk':
      return
    default:
      edit satisfies never
  }
}

function setVcpus(text: DefinitionText, { vcpus, maxVcpus }: EditOf<'setVcpus'>): void {
  const vcpu = text.read('vcpu') ?? textElement('vcpu', '1')
  const before = Number(textIn(vcpu) || 1)
  const max = maxVcpus ?? before
  setText(vcpu, String(max))
  if (vcpus === max) removeAttribute(vcpu, 'current')
  else setAttribute(vcpu, 'current', String(vcpus))
  text.put([], 'vcpu', vcpu, 'currentMemory')
  // it would name the ones that are there one by one
  text.put([], 'vcpus', null)
  if (max !== before) fitTopology(text, max)
  dropPins(text, max)
}

function textIn(tree: Tree): string {
  return tree.nodes
    .filter((node) => typeof node === 'string')
    .join('')
    .trim()
}

/** More sockets of the same sort: libvirt wants the product to be the maximum. */
function fitTopology(text: DefinitionText, max: number): void {
  const cpu = text.read('cpu')
  const topology = child(cpu, 'topology')
  if (!cpu || !topology) return
  const figure = (name: string) => Number(attribute(topology, name) ?? 1)
  const each = figure('dies') * figure('clusters') * figure('cores') * figure('threads')
  if (max % each !== 0) return
  setAttribute(topology, 'sockets', String(max / each))
  text.put([], 'cpu', cpu)
}

/** Of processors that are there no more. */
function dropPins(text: DefinitionText, max: number): void {
  const pins = children(text.read('cputune'), 'vcpupin')
  if (pins.every((pin) => Number(attribute(pin, 'vcpu')) < max)) return
  text.clear(['cputune'], 'vcpupin')
  for (const pin of pins) if (Number(attribute(pin, 'vcpu')) < max) text.add(['cputune'], pin)
  text.tidy('cputune')
}

/** What a processor has that is not chosen here: its NUMA cells, its cache, its address width. */
const KEPT_OF_CPU = ['numa', 'cache', 'maxphysaddr']

function setCpu(text: DefinitionText, { cpu }: EditOf<'setCpu'>): void {
  const before = text.read('cpu')
  const next = cpuElement({ cpu })
  next.nodes = [...children(next), ...KEPT_OF_CPU.flatMap((name) => [...children(before, name)])]
  text.put([], 'cpu', next, 'features')
  const vcpu = text.read('vcpu')
  const max = vcpu ? Number(textIn(vcpu) || 1) : 1
  if (max !== cpu.vcpus) setVcpus(text, { edit: 'setVcpus', vcpus: cpu.vcpus, maxVcpus: cpu.vcpus })
}

function setMemory(text: DefinitionText, { memoryKiB, maxMemoryKiB }: EditOf<'setMemory'>): void {
  if (maxMemoryKiB !== undefined) text.put([], 'memory', textElement('memory', String(maxMemoryKiB), { unit: 'KiB' }), 'name')
  text.put([], 'currentMemory', textElement('currentMemory', String(memoryKiB), { unit: 'KiB' }), 'memory')
}

function setBoot(text: DefinitionText, { order, menu }: EditOf<'setBoot'>): void {
  text.clear(['os'], 'boot')
  for (const key of text.deviceKeys()) {
    const device = text.device(key)
    const [before] = children(device, 'boot')
    const position = order.indexOf(key) + 1
    if (!device || (!before && position === 0)) continue
    const next = position === 0 ? null : element('boot', { order: position, loadparm: attribute(before, 'loadparm') })
    const line = device.nodes.find((node) => typeof node === 'string') ?? ''
    device.nodes = before
      ? device.nodes.flatMap((node, index) => (node === before ? (next ?? []) : isGapOf(device, index, before) && !next ? [] : node))
      : withChild(device, next, typeof line === 'string' ? line : '')
    text.putDevice(key, device)
  }
  if (menu === undefined) return
  text.put(['os'], 'bootmenu', menu ? element('bootmenu', { enable: 'yes' }) : null)
}

/** White space before an element that goes. */
function isGapOf(parent: Tree, index: number, gone: Tree): boolean {
  const node = parent.nodes[index]
  return typeof node === 'string' && node.trim() === '' && parent.nodes[index + 1] === gone
}

function withChild(parent: Tree, next: Tree | null, line: string): Tree['nodes'] {
  if (!next) return parent.nodes
  const last = parent.nodes.findLastIndex((node) => typeof node !== 'string')
  return parent.nodes.toSpliced(last + 1, 0, ...(line === '' ? [] : [line]), next)
}

function setPinning(text: DefinitionText, { vcpus, emulator }: EditOf<'setPinning'>): void {
  const named = new Map(vcpus.map(({ vcpu, cpus }) => [vcpu, cpus]))
  const pins = children(text.read('cputune'), 'vcpupin')
  const kept = pins.filter((pin) => !named.has(Number(attribute(pin, 'vcpu'))))
  const added = vcpus.flatMap(({ vcpu, cpus }) => (cpus === null ? [] : [element('vcpupin', { vcpu, cpuset: cpus })]))
  text.clear(['cputune'], 'vcpupin')
  const all = [...kept, ...added].toSorted((a, b) => Number(attribute(a, 'vcpu')) - Number(attribute(b, 'vcpu')))
  for (const pin of all) text.add(['cputune'], pin)
  if (emulator !== undefined) {
    text.put(['cputune'], 'emulatorpin', emulator === null ? null : element('emulatorpin', { cpuset: emulator }))
  }
  text.tidy('cputune')
}

function setNuma(text: DefinitionText, { mode, nodes }: EditOf<'setNuma'>): void {
  text.put(['numatune'], 'memory', nodes === null ? null : element('memory', { mode, nodeset: nodes }))
  text.tidy('numatune')
}

function setTune(text: DefinitionText, edit: EditOf<'setTune'>): void {
  const put = (parent: string, name: string, value: number | null | undefined, attributes = {}) => {
    if (value === undefined) return
    text.put([parent], name, value === null ? null : textElement(name, String(value), attributes))
    text.tidy(parent)
  }
  const { cpuQuotaPercent: percent } = edit
  put('cputune', 'shares', edit.cpuShares)
  if (percent !== undefined) {
    put('cputune', 'period', percent === null ? null : PERIOD_US)
    put('cputune', 'quota', percent === null ? null : quotaOf(percent))
  }
  const unit = { unit: 'KiB' }
  put('memtune', 'hard_limit', edit.memoryHardLimitKiB, unit)
  put('memtune', 'soft_limit', edit.memorySoftLimitKiB, unit)
  put('blkiotune', 'weight', edit.ioWeight)
}

/** Of each virtual processor, in a period. libvirt takes no less than a millisecond. */
export function quotaOf(percent: number): number {
  return Math.max(1_000, Math.round((percent * PERIOD_US) / 100))
}
