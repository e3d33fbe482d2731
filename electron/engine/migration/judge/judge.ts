import type {
  MigrationCheck,
  MigrationFinding,
  MigrationMend,
  MigrationPrediction,
  MigrationSpec,
  Reason,
} from '../../../../shared/model/index.ts'
import type { IncomingFacts, OutgoingFacts } from '../../../providers/provider.ts'

/** What a move is judged by: facts of both ends, the filled wish, and what only the console knows. */
export interface Case {
  readonly spec: MigrationSpec
  readonly out: OutgoingFacts
  readonly into: IncomingFacts
  readonly sourceName: string
  readonly targetName: string
  readonly isSameHost: boolean
  /** The kind of the unfinished task that holds the machine. */
  readonly busyWith: string | undefined
  readonly isTargetInMaintenance: boolean
  readonly prediction: MigrationPrediction | null
}

export type Verdict = Omit<MigrationFinding, 'check'>
/** One check of the list. Answers at least one finding: what was looked at and found right is said as well. */
export type Check = (one: Case) => readonly Verdict[]

export function finding(
  id: string,
  severity: MigrationFinding['severity'],
  code: string,
  text: string,
  params: Readonly<Record<string, string>> = {},
  rest: { readonly facts?: string | null; readonly mends?: ReadonlyArray<{ readonly label: Reason; readonly mend: MigrationMend }> } = {},
): Verdict {
  return {
    id,
    severity,
    reason: { code: `migration.finding.${code}`, text, params: { ...params } },
    facts: rest.facts ?? null,
    mends: [...(rest.mends ?? [])],
  }
}

export function mend(code: string, text: string, one: MigrationMend, params: Readonly<Record<string, string>> = {}) {
  return { label: { code: `migration.mend.${code}`, text, params: { ...params } }, mend: one }
}

/** Runs the checks in their order. */
export function judged(checks: ReadonlyArray<readonly [MigrationCheck, Check]>, one: Case): MigrationFinding[] {
  return checks.flatMap(([check, look]) => look(one).map((verdict) => ({ ...verdict, check })))
}
