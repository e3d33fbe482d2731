import { notCopyable } from './problems.ts'
import {
  attribute,
  child,
  children,
  insert,
  remove,
  removeAll,
  removeAttribute,
  setAttribute,
  setText,
  type Tree,
  textElement,
  textIn,
} from './xml-tree.ts'

/** Another number of processors or another amount of memory in a definition that is there already. */

const PARTS = ['sockets', 'dies', 'clusters', 'cores', 'threads'] as const

/** Whether the definition spreads processors and memory over cells, which cannot be sized as a whole. */
export function hasSeveralCells(domain: Tree): boolean {
  return children(child(domain, 'cpu', 'numa'), 'cell').length > 1
}

/** Throws `precondition` build.not-copyable. */
export function setVcpus(domain: Tree, count: number): void {
  refuseCells(domain)
  const vcpu = child(domain, 'vcpu')
  if (vcpu) {
    setText(vcpu, String(count))
    removeAttribute(vcpu, 'current')
  } else insert(domain, textElement('vcpu', String(count)), 0)
  // It lists each processor by its number.
  removeAll(domain, 'vcpus')
  const tune = child(domain, 'cputune')
  for (const pin of children(tune, 'vcpupin')) if (tune && Number(attribute(pin, 'vcpu')) >= count) remove(tune, pin)
  const topology = child(domain, 'cpu', 'topology')
  if (topology) setTopology(topology, count)
  const [cell] = children(child(domain, 'cpu', 'numa'), 'cell')
  if (cell) setAttribute(cell, 'cpus', count === 1 ? '0' : `0-${count - 1}`)
}

/** Keeps as much of the shape as divides the new number: cores grow first, then threads, dies and sockets give way. */
function setTopology(topology: Tree, count: number): void {
  const before = Object.fromEntries(PARTS.map((part) => [part, Number(attribute(topology, part) ?? 1)])) as Record<
    (typeof PARTS)[number],
    number
  >
  const shapes = [
    before,
    { ...before, dies: 1, clusters: 1 },
    { ...before, dies: 1, clusters: 1, threads: 1 },
    { ...before, dies: 1, clusters: 1, threads: 1, sockets: 1 },
  ]
  for (const shape of shapes) {
    const rest = shape.sockets * shape.dies * shape.clusters * shape.threads
    if (count % rest !== 0) continue
    const after = { ...shape, cores: count / rest }
    for (const part of PARTS) if (attribute(topology, part) !== undefined) setAttribute(topology, part, String(after[part]))
    return
  }
}

/** Throws `precondition` build.not-copyable. */
export function setMemory(domain: Tree, memoryMiB: number): void {
  refuseCells(domain)
  const amount = () => textElement('memory', String(memoryMiB), { unit: 'MiB' })
  const memory = child(domain, 'memory')
  if (memory) assign(memory, memoryMiB)
  else insert(domain, amount(), 0)
  removeAll(domain, 'currentMemory')
  const [cell] = children(child(domain, 'cpu', 'numa'), 'cell')
  if (cell) {
    setAttribute(cell, 'memory', String(memoryMiB))
    setAttribute(cell, 'unit', 'MiB')
  }
}

function assign(memory: Tree, memoryMiB: number): void {
  setText(memory, String(memoryMiB))
  setAttribute(memory, 'unit', 'MiB')
}

function refuseCells(domain: Tree): void {
  if (!hasSeveralCells(domain)) return
  const name = textIn(child(domain, 'name'))
  throw notCopyable(name, 'Its processors and memory are spread over NUMA cells: they cannot be changed in a copy.', 'numa')
}
