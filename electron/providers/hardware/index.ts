/** The rules of virtual hardware, which all hypervisors share. */
export type { EditOf, Which } from './edit-of.ts'
export { idsOf } from './id-list.ts'
export { isAsWanted } from './is-as-wanted.ts'
export { keptVcpus, memory, numa, overHost, pinning, runningVcpus, tune } from './judge-machine.ts'
export { deviceChanges, differing, type Field, otherChanges, settingChanges, topologyText } from './pending.ts'
export { nextStartOnly, noSuchDevice } from './refusals.ts'
export { type Split, splitOf } from './split.ts'
