import type { MachineStanding } from '../../provider.ts'
import { holdsMemory, type SimulatedMachine } from '../fleet.ts'
import type { World } from '../world.ts'

/**
 * Where a machine stands at a host; `hostRef` null: at the site. `here`: as it is defined there. One that fetches its rest has left its source
 * no more than it has arrived; one that broke meanwhile has a part at each end, until somebody ends the one at the target.
 */
export function standingAt(
  { moves }: World,
  machineRef: string,
  hostRef: string | null,
  here: SimulatedMachine | undefined,
): MachineStanding {
  const isPersistent = here?.facts.persistent ?? false
  const broken = moves.broken(machineRef)
  if (broken && broken.sourceRef === hostRef && !here) return { state: 'post-copy-failed', isPersistent }
  if (broken && broken.targetRef === hostRef && here?.job === 'migrate') return { state: 'post-copy-failed', isPersistent }
  const move = moves.get(machineRef)
  if (move && move.targetRef === hostRef) return { state: 'incoming', isPersistent }
  if (move && (move.sourceRef === hostRef || hostRef === null)) return { state: 'outgoing', isPersistent }
  return { state: here ? stateOf(here) : 'absent', isPersistent }
}

function stateOf({ facts }: SimulatedMachine): MachineStanding['state'] {
  if (!holdsMemory(facts.state)) return 'off'
  return facts.state === 'paused' ? 'paused' : 'running'
}
