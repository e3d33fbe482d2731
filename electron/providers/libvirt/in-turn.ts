/** How many calls of one look are under way: the daemon's threads are left to others. */
const IN_FLIGHT = 4

/** Works on so many items at a time. */
export async function inTurn<T>(items: readonly T[], each: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values()
  const work = async () => {
    for (const item of waiting) await each(item)
  }
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, items.length) }, work))
}
