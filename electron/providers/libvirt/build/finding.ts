import type { BuildFinding } from '../../../../shared/model/index.ts'

export interface Found {
  readonly code: string
  /** Of the request, such as `spec.disks.0.source.pool`. */
  readonly field: string | null
  readonly text: string
  readonly params?: Readonly<Record<string, string | number>> | undefined
  readonly mend?: BuildFinding['mend'] | undefined
}

/** Stands in the way. */
export function blocks(found: Found): BuildFinding {
  return finding('blocks', found)
}

/** One should know it. */
export function warns(found: Found): BuildFinding {
  return finding('warns', found)
}

function finding(severity: BuildFinding['severity'], { code, field, text, params = {}, mend = null }: Found): BuildFinding {
  const texts = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]))
  return { code, severity, field, text, params: texts, mend }
}

/** For people: `1.5 GiB`. */
export function gibibytes(bytes: number): string {
  const gib = bytes / 2 ** 30
  return gib >= 10 ? `${Math.round(gib)} GiB` : gib >= 0.1 ? `${Math.round(gib * 10) / 10} GiB` : `${Math.ceil(bytes / 2 ** 20)} MiB`
}
