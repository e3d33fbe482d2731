import { parseArgs } from 'node:util'
import { GROUPS } from './groups.ts'
import { type JudgedFigure, judge } from './measure.ts'
import { type LeftOut, outcomeOf } from './outcome.ts'

/**
 * `npm run bench [-- group …] [--json]`: measures the budgets and prints value, budget and, where a peer was measured in the
 * same run, the ratio. Ends with 1 when a budget is missed or what was asked for could not be measured, so that a person may
 * gate on it; a slow machine is no failure of a test, which is why no test asserts times.
 */
const { values, positionals } = parseArgs({ options: { json: { type: 'boolean', default: false } }, allowPositionals: true })

const chosen = positionals.length === 0 ? GROUPS : GROUPS.filter((group) => positionals.includes(group.name))
const unknown = positionals.filter((name) => !GROUPS.some((group) => group.name === name))
if (unknown.length > 0) {
  process.stderr.write(`No such group: ${unknown.join(', ')}. There are: ${GROUPS.map((group) => group.name).join(', ')}\n`)
  process.exit(2)
}

const figures: JudgedFigure[] = []
const leftOut: LeftOut[] = []
for (const group of chosen) {
  const reason = await group.missing()
  if (reason !== null) {
    leftOut.push({ name: group.name, reason })
    continue
  }
  say(`\n${group.name}`)
  for await (const figure of group.run()) {
    const judged = judge(figure)
    figures.push(judged)
    say(line(judged, figure.atLeast ?? false))
  }
}
if (values.json) process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
const outcome = outcomeOf({ figures, leftOut, named: positionals.length > 0, ci: process.env.CI === 'true' })
say(`\n${outcome.lines.join('\n')}`)
process.exitCode = outcome.exitCode

/** The table goes to standard output, or to standard error when that carries JSON. */
function say(text: string): void {
  ;(values.json ? process.stderr : process.stdout).write(`${text}\n`)
}

function line(figure: JudgedFigure, atLeast: boolean): string {
  const mark = figure.budget === null ? ' ' : figure.within ? '✓' : '✗'
  const budget = figure.budget === null ? '' : `${atLeast ? '≥' : '≤'} ${figure.budget} ${figure.unit}`
  const peer = figure.peer ? `${figure.peer.name} ${figure.peer.value} ${figure.unit}, ratio ${figure.ratio}` : ''
  return `${mark} ${figure.name.padEnd(72)} ${`${figure.value} ${figure.unit}`.padStart(14)}  ${budget.padEnd(14)}  ${peer}`.trimEnd()
}
