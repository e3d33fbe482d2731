/** One figure of a run. `ratio` is value / peer; the budget is checked as a ratio to the peer where there is one. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** At most this; at least this where `atLeast` is set. null: reported, not judged. */
  readonly budget: number | null
  readonly atLeast?: boolean
  readonly peer?: { readonly name: string; readonly value: number }
}

export interface JudgedFigure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly budget: number | null
  readonly peer?: { readonly name: string; readonly value: number }
  readonly ratio?: number
  readonly within: boolean
}

/** A group of benchmarks: brings up what it needs, yields figures as they come, and takes everything down again. */
export interface BenchGroup {
  readonly name: string
  /** Why it cannot run here, with the command that would help; null when it can. */
  readonly missing: () => Promise<string | null>
  readonly run: () => AsyncIterable<Figure>
}

export function judge(figure: Figure): JudgedFigure {
  const { name, unit, budget, peer } = figure
  const value = rounded(figure.value)
  const within = budget === null || (figure.atLeast ? value >= budget : value <= budget)
  return {
    name,
    value,
    unit,
    budget,
    ...(peer && { peer: { name: peer.name, value: rounded(peer.value) }, ratio: rounded(figure.value / peer.value) }),
    within,
  }
}

/** Three significant digits below 100, whole numbers above: more would be noise. */
function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}

/** The value below which `share` (0 to 1) of the samples lie. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]
  if (value === undefined) throw new Error('no samples')
  return value
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5)
}

/** Milliseconds that `work` takes, `times` over, after `warmUp` unmeasured rounds. */
export async function timed(times: number, work: (round: number) => Promise<unknown>, warmUp = 1): Promise<readonly number[]> {
  for (let round = 0; round < warmUp; round += 1) await work(-1)
  const samples: number[] = []
  for (let round = 0; round < times; round += 1) {
    const start = performance.now()
    await work(round)
    samples.push(performance.now() - start)
  }
  return samples
}
