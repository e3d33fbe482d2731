import type { SimulatedMachine } from '../fleet.ts'
import { mix, share } from '../random.ts'

/** A machine's one display, if it has one. A few speak only SPICE; some of the others ask for a password. */
export type SimulatedDisplay = { readonly type: 'spice' | 'none' } | { readonly type: 'vnc'; readonly password: string | null }

const SPICE_SHARE = 0.03
const PASSWORD_SHARE = 0.2

export function displayOf({ salt, shape }: Pick<SimulatedMachine, 'salt' | 'shape'>): SimulatedDisplay {
  if (shape) return shape.graphics === 'vnc' ? { type: 'vnc', password: null } : { type: shape.graphics }
  if (share(salt, 131) < SPICE_SHARE) return { type: 'spice' }
  const isGuarded = share(salt, 132) < PASSWORD_SHARE
  return { type: 'vnc', password: isGuarded ? mix(salt, 133).toString(36).padStart(8, '0').slice(0, 8) : null }
}
