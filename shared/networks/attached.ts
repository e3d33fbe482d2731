import type { NetworkDetail, Reason } from '../model/index.ts'

type Port = NetworkDetail['ports'][number]

/** How many machines are named in a sentence. */
const NAMED = 5

/** libvirt plugs no card in again when a network is started anew (only when libvirtd is): that takes a task of its own. */
export function whyNotStopped(ports: ReadonlyArray<Pick<Port, 'machine' | 'isRunning'>>): Reason | null {
  const machines = namesOf(ports.filter(({ isRunning }) => isRunning))
  if (machines === null) return null
  const text = `Running machines are attached: ${machines}. They lose it, and stay cut off when it is started again, until their cards are plugged back in.`
  return { code: 'network.in-use', text, params: { machines } }
}

export function whyNotRemoved(ports: ReadonlyArray<Pick<Port, 'machine'>>): Reason | null {
  const machines = namesOf(ports)
  return machines === null ? null : { code: 'network.named', text: `Machines name it (${machines}).`, params: { machines } }
}

export function networkOff(name: string): Reason {
  return { code: 'network.off', text: `${name} is off.`, params: { name } }
}

/** Runs, and its other end is known to hang beside the network’s bridge. */
export function isCutOff({ isRunning, isPlugged }: Pick<Port, 'isRunning' | 'isPlugged'>): boolean {
  return isRunning && isPlugged === false
}

function namesOf(ports: ReadonlyArray<Pick<Port, 'machine'>>): string | null {
  const names = [...new Set(ports.map(({ machine }) => machine))]
  if (names.length === 0) return null
  const more = names.length - NAMED
  return names.slice(0, NAMED).join(', ') + (more > 0 ? ` +${more}` : '')
}
