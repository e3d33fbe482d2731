/** What would have ended the process while `work` ran. */
export async function uncaughtDuring(work: () => Promise<unknown>): Promise<unknown[]> {
  const uncaught: unknown[] = []
  const note = (thrown: unknown) => void uncaught.push(thrown)
  process.on('uncaughtException', note)
  try {
    await work()
  } finally {
    process.off('uncaughtException', note)
  }
  return uncaught
}
