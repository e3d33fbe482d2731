import type { Case, Check } from '../judge/judge.ts'
import { aCase, type CaseChange } from './a-case.ts'

/** What a check says of a case: `blocks pool-missing:images`, with its mends. */
export type Example = readonly [name: string, change: CaseChange, says: readonly string[], mends?: readonly string[]]

export function saidBy(check: Check, change: CaseChange): string[] {
  return check(aCase(change)).map(({ severity, id }) => `${severity} ${id}`)
}

/** `create-pool`, or of a mend that changes the wish what it sets. */
export function mendsOf(check: Check, one: Case): string[] {
  return check(one).flatMap(({ mends }) => mends.map(({ mend }) => (mend.mend === 'spec' ? JSON.stringify(mend.set) : mend.mend)))
}
