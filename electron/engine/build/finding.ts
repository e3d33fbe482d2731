import { AppError } from '../../../shared/errors/index.ts'
import type { BuildFinding } from '../../../shared/model/index.ts'

type Params = Readonly<Record<string, string | number>>

/** What of a finding differs from one to the next; `field` as in the request. */
export interface FindingInit {
  readonly code: string
  readonly field: string | null
  readonly text: string
  readonly params?: Params
  readonly mend?: BuildFinding['mend']
}

/** Stands in the way. */
export function blocks(init: FindingInit): BuildFinding {
  return finding('blocks', init)
}

/** Should be known. */
export function warns(init: FindingInit): BuildFinding {
  return finding('warns', init)
}

function finding(severity: BuildFinding['severity'], { code, field, text, params = {}, mend = null }: FindingInit): BuildFinding {
  return {
    code,
    severity,
    field,
    text,
    params: Object.fromEntries(Object.entries(params).map(([key, value]) => [key, String(value)])),
    mend,
  }
}

/** What blocks comes first; what the engine and the provider both found is said once. */
export function ordered(findings: readonly BuildFinding[]): BuildFinding[] {
  const once = new Map<string, BuildFinding>()
  for (const one of findings) {
    const key = `${one.code} ${one.field}`
    if (!once.has(key)) once.set(key, one)
  }
  const all = [...once.values()]
  return [...all.filter(({ severity }) => severity === 'blocks'), ...all.filter(({ severity }) => severity === 'warns')]
}

/** Throws when something stands in the way: `conflict` for a name that is taken, else `precondition`; the code is build.blocked. */
export function refuseBlocked(findings: readonly BuildFinding[]): void {
  const [first, ...others] = findings.filter(({ severity }) => severity === 'blocks')
  if (!first) return
  const more = others.length > 0 ? ` And ${others.length} more.` : ''
  throw new AppError({
    kind: first.code.endsWith('-taken') ? 'conflict' : 'precondition',
    code: 'build.blocked',
    message: `Nothing was made. ${first.text}${more}`,
    details: { findings: [first, ...others].map(({ code, field, text, params }) => ({ code, field, text, params })) },
  })
}
