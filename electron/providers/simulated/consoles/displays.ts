import type { Shape } from '../build/shape.ts'
import type { SimulatedMachine } from '../fleet.ts'
import { mix, share } from '../random.ts'

/** A display of a machine. A few machines have SPICE alone; some of the others ask for a password; some have two. */
export type SimulatedDisplay =
  | { readonly type: 'spice' }
  | {
      readonly type: 'vnc'
      readonly password: string | null
      /** It was added while the machine ran, which has it from its next start on. */
      readonly waits: boolean
    }

const SPICE_SHARE = 0.03
const PASSWORD_SHARE = 0.2
const TWO_SHARE = 0.05

/** The one that a machine has from the beginning; null: it was built without. */
export function displayOf({ salt, shape }: Pick<SimulatedMachine, 'salt' | 'shape'>): SimulatedDisplay | null {
  if (shape?.graphics === 'none') return null
  if (shape) return shape.graphics === 'vnc' ? { type: 'vnc', password: null, waits: false } : { type: 'spice' }
  if (share(salt, 131) < SPICE_SHARE) return { type: 'spice' }
  const isGuarded = share(salt, 132) < PASSWORD_SHARE
  return { type: 'vnc', password: isGuarded ? mix(salt, 133).toString(36).padStart(8, '0').slice(0, 8) : null, waits: false }
}

/** All of them, in the order of the definition; of a machine that runs those that wait for its next start as well. */
export function displaysOf(machine: SimulatedMachine): readonly SimulatedDisplay[] {
  const first = displayOf(machine)
  const own = first ? [first] : []
  if (machine.addedDisplay) return [...own, { type: 'vnc', password: null, waits: machine.addedDisplay === 'waits' }]
  return first?.type === 'vnc' && !machine.shape && share(machine.salt, 134) < TWO_SHARE ? [first, first] : own
}

/** Whether its video device takes the size that a viewer asks for: virtio does, the other does not. */
export function canResize(machine: SimulatedMachine): boolean {
  return videoModelOf(machine) === 'virtio'
}

export function videoModelOf({ facts, shape }: SimulatedMachine): Shape['video'] {
  return shape?.video ?? (facts.os?.startsWith('Windows') ? 'vga' : 'virtio')
}
