import { type MachineAction, needHypervisorAction } from '../../../shared/model/index.ts'
import type { ActBaseline, ProbeAnswer } from '../provider.ts'
import { tagsAfter } from './actions.ts'
import { displaysOf } from './consoles/displays.ts'
import { holdsMemory, type SimulatedMachine } from './fleet.ts'

/** What tells this life of the machine from the next, plus the tags, on which a change may build. */
export function baselineOf(machine: SimulatedMachine): ActBaseline {
  const { state, name, startedAtMs, tags } = machine.facts
  return { state, name, startedAtMs, marker: JSON.stringify({ boots: machine.boots, tags } satisfies Marker) }
}

interface Marker {
  readonly boots: number
  readonly tags: readonly string[]
  /** An earlier attempt of the deletion has taken the machine: only disks are left. */
  readonly gone?: boolean
}

/** The baseline of a deletion that goes on after the machine is gone; null: nothing is left of it. */
export function baselineOfRest(action: MachineAction, earlier: ActBaseline | undefined): ActBaseline | null {
  const marker = earlier ? markerOf(earlier) : null
  if (!earlier || !marker || action.action !== 'delete' || action.diskKeys.length === 0) return null
  return { ...earlier, marker: JSON.stringify({ ...marker, gone: true } satisfies Marker) }
}

/** Whether the baseline says that only the disks are left to delete. */
export function isRest(baseline: ActBaseline | undefined): boolean {
  return baseline !== undefined && markerOf(baseline)?.gone === true
}

function markerOf(baseline: ActBaseline): Marker | null {
  if (baseline.marker === null) return null
  return JSON.parse(baseline.marker) as Marker
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function metadataDone(machine: SimulatedMachine, action: Extract<MachineAction, { action: 'setMetadata' }>, marker: Marker): boolean {
  const { title, description, notes, tags } = machine.facts
  if (action.title !== undefined && action.title !== title) return false
  if (action.description !== undefined && action.description !== description) return false
  if (action.notes !== undefined && action.notes !== notes) return false
  return same(tags, tagsAfter(marker.tags, action)) || (!action.tags && !action.addTags && !action.removeTags)
}

/** Whether the action happened, judged by what stands now. `machine` undefined: there is none any more, but maybe disks of it. */
export function probeOf(
  machine: SimulatedMachine | undefined,
  leftDisks: ReadonlyMap<string, unknown>,
  action: MachineAction,
  baseline: ActBaseline,
): ProbeAnswer {
  const answer = (done: boolean): ProbeAnswer => (done ? 'done' : 'not-done')
  if (!machine) {
    if (action.action === 'delete') return answer(!action.diskKeys.some((key) => leftDisks.has(key)))
    return action.action === 'powerOff' || action.action === 'shutdown' ? 'done' : 'unknown'
  }
  const marker = markerOf(baseline)
  if (!marker) return 'unknown'
  const { state, hasManagedSave, autostart, name } = machine.facts
  const active = holdsMemory(state)
  const another = machine.boots !== marker.boots
  const asked = needHypervisorAction(action)
  switch (asked.action) {
    case 'start':
    case 'restore':
      return answer(active && another)
    case 'shutdown':
    case 'powerOff':
      return answer(!active || another)
    case 'reboot':
    case 'reset':
      return answer(another)
    case 'suspend':
      return answer(state === 'paused')
    case 'resume':
      return answer(state === 'running')
    case 'managedSave':
      return machine.job === 'managedSave' ? 'unknown' : answer(hasManagedSave)
    case 'discardSave':
      return answer(!hasManagedSave)
    case 'setAutostart':
      return answer(autostart === asked.autostart)
    case 'rename':
      return answer(name === asked.name)
    case 'setMetadata':
      return answer(metadataDone(machine, asked, marker))
    case 'addDisplay':
      return answer(displaysOf(machine).some(({ type }) => type === 'vnc'))
    case 'delete':
      return 'not-done'
    default:
      return asked satisfies never
  }
}
