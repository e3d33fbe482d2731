import type { SimulatedMachine } from '../fleet.ts'
import type { Tree } from './definition-tree.ts'
import { memoryOf, vcpusOf } from './read-editable.ts'

/** What of a definition is told of the machine as a whole. */
export function figuresOf(domain: Tree) {
  return { vcpus: vcpusOf(domain).vcpus, ...memoryOf(domain) }
}

/** A machine that begins to run has what its definition said; one that is off has nothing but that. A saved one comes back as it was. */
export function figuresAfter(machine: SimulatedMachine, { began, off }: { readonly began: boolean; readonly off: boolean }) {
  const { edited } = machine
  if (!edited) return {}
  if (off) machine.edited = { ...edited, running: null }
  if (began) machine.edited = { ...edited, running: edited.kept && structuredClone(edited.kept) }
  const counts = machine.edited?.running ?? machine.edited?.kept
  if (!counts) return {}
  if (began && machine.edited) machine.edited = { ...machine.edited, bootVcpus: vcpusOf(counts).vcpus }
  return figuresOf(counts)
}
