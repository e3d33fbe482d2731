import type { MigrationFinding, MoveTake, Preflight } from './migration.ts'
import { sizeText } from './size-text.ts'

/** What is said of a move that fits by itself, and not with the others of its order, or with those that are on their way already. */
export const TOGETHER_WORDS = {
  'memory-short-together':
    'With {others}, which go first, {target} would need {needed} of memory at once and has {free} free: this one is too much. Choose another target for it, or free some there.',
  'memory-tight-together':
    'With {others} it may use {needed} of memory, and {target} has {free} free. Free some there, or the host may swap.',
  'huge-pages-short-together':
    'With {others}, which go first, {target} would need {needed} of huge pages of {name} and has {free} free: this one is too much. Choose another target for it.',
  'space-short-together':
    'With {others}, which go first, {needed} would go into the pool {name} of {target}, which has {free} free: this one is too much. Choose another pool or target for it, or free some there.',
  'space-tight-together':
    'With {others} it fits into the pool {name} of {target} now, but they may grow to {needed} of its {free} free. Free some there, or choose another.',
} as const

type TogetherCode = keyof typeof TOGETHER_WORDS

const CODES: Readonly<
  Record<MoveTake['what'], { readonly check: MigrationFinding['check']; readonly stem: 'memory' | 'huge-pages' | 'space' }>
> = {
  memory: { check: 'memory', stem: 'memory' },
  'huge-pages': { check: 'huge-pages', stem: 'huge-pages' },
  pool: { check: 'space', stem: 'space' },
}

/** Machines that are named; of more it is said how many. */
const NAMED = 6

interface Sum {
  now: number
  most: number
  readonly names: string[]
}

const NOTHING: Readonly<Sum> = { now: 0, most: 0, names: [] }

export type JudgedMove = Pick<Preflight, 'takes' | 'findings'> & { readonly target: Pick<Preflight['target'], 'hostId' | 'name'> }

/** Whether a finding of that id is about what several machines take together. */
export function isOfSum(id: string): boolean {
  return Object.hasOwn(TOGETHER_WORDS, id.split(':', 1)[0] ?? '')
}

/** What is too much, or tight, with the moves that are on their way to the same host. */
export function besideThoseOnTheWay({ takes, target }: Pick<JudgedMove, 'takes' | 'target'>): MigrationFinding[] {
  return takes.flatMap((take) => judged(take, take.onTheWay ?? NOTHING, NOTHING, target.name))
}

/**
 * What the moves of one order take of the same hosts and pools. Each pre-flight looks at its machine alone: ten of 100 GiB fit one by one into
 * a pool with 500 GiB free. Asked in the order in which they go, so that those before it have what they need.
 */
export class MovesTogether {
  readonly #sums = new Map<string, Sum>()

  /**
   * What is too much, or tight, when this one goes too. It takes its share unless it does not go: something blocks it, here or by itself, or it
   * is warned of something that is not accepted: all of it is, none, or what has one of these ids.
   */
  add(name: string, { takes, findings, target }: JudgedMove, accepts: boolean | readonly string[] = true): MigrationFinding[] {
    if (findings.some(({ severity }) => severity === 'blocks')) return []
    const said = takes.flatMap((take) => {
      const others = this.#sums.get(keyOf(take, target.hostId))
      return others ? judged(take, others, take.onTheWay ?? NOTHING, target.name) : []
    })
    const isAccepted = (id: string) => (typeof accepts === 'boolean' ? accepts : accepts.includes(id))
    if (said.some(({ severity, id }) => severity === 'blocks' || !isAccepted(id))) return said
    for (const take of takes) {
      const key = keyOf(take, target.hostId)
      const sum = this.#sums.get(key) ?? { now: 0, most: 0, names: [] }
      sum.now += take.now
      sum.most += take.most
      sum.names.push(name)
      this.#sums.set(key, sum)
    }
    return said
  }
}

function keyOf({ what, name }: MoveTake, hostId: string): string {
  return JSON.stringify([hostId, what, name])
}

/** `known`: what was counted, and told of, before `others`. */
function judged(
  { what, name, now, most, free }: MoveTake,
  others: Readonly<Sum>,
  known: Readonly<Sum>,
  target: string,
): MigrationFinding[] {
  if (others.names.length === 0 || free === null) return []
  const nowOfAll = known.now + others.now + now
  const mostOfAll = known.most + others.most + most
  const { check, stem } = CODES[what]
  const said = (severity: 'blocks' | 'warns', code: TogetherCode, needed: number): MigrationFinding => {
    const names = listed([...known.names, ...others.names])
    const params = { others: names, target, needed: sizeText(needed), free: sizeText(free), ...(name !== null && { name }) }
    const text = Object.entries(params).reduce((words, [key, value]) => words.replaceAll(`{${key}}`, value), TOGETHER_WORDS[code] as string)
    const id = name === null ? code : `${code}:${name}`
    return { id, check, severity, reason: { code: `migration.finding.${code}`, text, params }, facts: null, mends: [] }
  }
  // one that takes nothing at once changes nothing of that, and one that is too large alone is told so by its own check
  if (now > 0 && now <= free && nowOfAll > free) return [said('blocks', `${stem}-short-together`, nowOfAll)]
  if (stem !== 'huge-pages' && known.most + most <= free && mostOfAll > free) return [said('warns', `${stem}-tight-together`, mostOfAll)]
  return []
}

/** a, b, c; of many the first ones and how many more. */
function listed(names: readonly string[]): string {
  const rest = names.length - NAMED
  return rest > 0 ? `${names.slice(0, NAMED).join(', ')} (+${rest})` : names.join(', ')
}
