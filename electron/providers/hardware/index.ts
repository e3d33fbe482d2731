/** The rules of virtual hardware, which all hypervisors share. */
export type { EditOf, Which } from './edit-of.ts'
export { isAsWanted } from './is-as-wanted.ts'
export { type Split, splitOf } from './split.ts'
