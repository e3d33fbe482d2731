import type { BuildFinding } from '../../../../shared/model/index.ts'

export interface FindingInit {
  readonly code: string
  readonly field: string | null
  readonly text: string
  readonly params?: Readonly<Record<string, string | number>>
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

function finding(severity: BuildFinding['severity'], { params = {}, mend = null, ...init }: FindingInit): BuildFinding {
  const texts = Object.entries(params).map(([key, value]): [string, string] => [key, String(value)])
  return { ...init, severity, params: Object.fromEntries(texts), mend }
}

/** As people say it. */
export function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`
}
