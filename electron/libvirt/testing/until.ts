/** Waits until a condition holds, looking at every turn of the event loop; throws after `deadlineMs` with what was waited for. */
export async function until(condition: () => boolean, what: string, deadlineMs = 30_000): Promise<void> {
  const end = performance.now() + deadlineMs
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for ${what}`)
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

/** Lets everything run that is ready to. */
export async function settled(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}
