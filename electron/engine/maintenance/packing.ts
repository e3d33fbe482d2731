/** One thing that is needed somewhere, such as memory of one host: its key says which. */
export interface Need {
  readonly key: string
  readonly amount: number
}

export interface PackingTask {
  /** Largest first is found soonest. */
  readonly items: number
  readonly places: number
  /** What an item needs at a place; null: it cannot go there. */
  readonly needs: (item: number, place: number) => readonly Need[] | null
  /** By key; what is not named is not limited. */
  readonly room: ReadonlyMap<string, number>
  /** So many have a place already: only more is better. */
  readonly atLeast: number
}

/** Tries before the best that was found counts. Enough for every way of seven machines on three hosts. */
const MOST_STEPS = 20_000

/**
 * A place for each item so that more have one than before; null of one without. Null: none was found. Exact at small sizes; at large ones the
 * tries are limited, the fullest place first, which is close to the best for machines of usual sizes (best fit decreasing).
 */
export function packed({ items, places, needs, room, atLeast }: PackingTask): Array<number | null> | null {
  const rest = new Map(room)
  const now: Array<number | null> = Array.from({ length: items }, () => null)
  let best: Array<number | null> | null = null
  let most = atLeast
  let steps = 0

  const leftOf = (asked: readonly Need[]) =>
    asked.reduce(
      (least, { key, amount }) => Math.min(least, (rest.get(key) ?? Number.POSITIVE_INFINITY) - amount),
      Number.POSITIVE_INFINITY,
    )
  const take = (asked: readonly Need[], sign: 1 | -1) => {
    for (const { key, amount } of asked) {
      const before = rest.get(key)
      if (before !== undefined) rest.set(key, before - sign * amount)
    }
  }

  /** Whether it is time to stop. */
  function place(item: number, placed: number): boolean {
    if (placed > most) {
      most = placed
      best = [...now]
      if (most === items) return true
    }
    if (item === items || placed + items - item <= most) return false
    steps += 1
    if (steps > MOST_STEPS) return true
    const choices = Array.from({ length: places }, (_, index) => ({ index, asked: needs(item, index) }))
      .flatMap(({ index, asked }) => (asked === null ? [] : [{ index, asked, left: leftOf(asked) }]))
      .filter(({ left }) => left >= 0)
      .toSorted((a, b) => (a.left === b.left ? a.index - b.index : a.left - b.left))
    for (const { index, asked } of choices) {
      take(asked, 1)
      now[item] = index
      const isOver = place(item + 1, placed + 1)
      now[item] = null
      take(asked, -1)
      if (isOver) return true
    }
    return place(item + 1, placed)
  }

  place(0, 0)
  return best
}
