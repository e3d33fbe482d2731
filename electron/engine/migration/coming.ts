import type { MoveTake } from '../../../shared/model/index.ts'

/** A machine that is on its way to a host, and what it will still take there: what has arrived is in the host's own figures. */
export interface Coming {
  readonly machineId: string
  readonly name: string
  readonly takes: readonly MoveTake[]
}

export interface ComingTo {
  /** But for the move of one machine, which is asked for. */
  at(hostId: string, butMachineId: string): Coming[]
}

/** Those that were known, as they were then, and those that came since. */
export function together(known: readonly Coming[], since: readonly Coming[]): Coming[] {
  const ids = new Set(known.map(({ machineId }) => machineId))
  return [...known, ...since.filter(({ machineId }) => !ids.has(machineId))]
}

/** What a machine takes, beside what others will still take of the same. */
export function withComing(takes: readonly MoveTake[], coming: readonly Coming[]): MoveTake[] {
  return takes.map(({ what, name: part, now, most, free, madeWhole }) => {
    const take = { what, name: part, now, most, free, ...(madeWhole && { madeWhole }) }
    const others = coming.flatMap(({ name, takes: its }) =>
      its.flatMap((one) => (one.what === take.what && one.name === take.name && one.most > 0 ? [{ ...one, name }] : [])),
    )
    const sum = (of: 'now' | 'most') => others.reduce((total, one) => total + one[of], 0)
    return others.length === 0 ? take : { ...take, onTheWay: { now: sum('now'), most: sum('most'), names: others.map(({ name }) => name) } }
  })
}
