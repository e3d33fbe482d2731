/**
 * What work tells while it goes on, as an iterator: also what it tells between its own steps. The work's signal fires when nobody reads any
 * more. Throws what the work throws.
 */
export async function* told<T>(
  work: (tell: (message: T) => void, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const left = new AbortController()
  const waiting: T[] = []
  let wake: () => void = () => {}
  let over = false
  const done = work(
    (message) => {
      waiting.push(message)
      wake()
    },
    AbortSignal.any([signal, left.signal]),
  ).finally(() => {
    over = true
    wake()
  })
  // read below, unless the reader has left by then
  done.catch(() => {})
  try {
    for (;;) {
      const [next] = waiting.splice(0, 1)
      if (next !== undefined) {
        yield next
        continue
      }
      if (over) break
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    await done
  } finally {
    left.abort()
  }
}
