import type { MigrationCheck, MigrationFinding, Reason } from '../../../shared/model/index.ts'

type Params = Readonly<Record<string, string>>

/** Words of a plan: a code under `transfer.`, and the English text with its parameters in `{braces}` filled in. */
export function say(code: string, text: string, params: Params = {}): Reason {
  const filled = text.replace(/\{(\w+)\}/g, (whole, name: string) => params[name] ?? whole)
  return { code: `transfer.${code}`, text: filled, params: { ...params } }
}

export function finding(
  check: MigrationCheck,
  severity: MigrationFinding['severity'],
  id: string,
  reason: Reason,
  facts: string | null = null,
): MigrationFinding {
  return { id, check, severity, reason, facts, mends: [] }
}
