import { isAppError } from '../../shared/errors/index.ts'

export interface EngineStartOptions {
  /** Shows why it failed and asks what to do. */
  readonly ask: (detail: string) => Promise<'again' | 'folder' | 'quit'>
  readonly openFolder: () => void
}

/**
 * Opens the engine; when that fails, says why and offers the ways out: another try (the other program was closed, the disk has
 * room again), a look at the data folder, or quitting. null: the person chose to quit.
 */
export async function openWithWayOut<T>(open: () => Promise<T>, options: EngineStartOptions): Promise<T | null> {
  for (;;) {
    try {
      return await open()
    } catch (thrown) {
      if (!(await wantsAnotherTry(describe(thrown), options))) return null
    }
  }
}

async function wantsAnotherTry(detail: string, { ask, openFolder }: EngineStartOptions): Promise<boolean> {
  for (;;) {
    const choice = await ask(detail)
    if (choice !== 'folder') return choice === 'again'
    openFolder()
  }
}

/** An AppError names cause and remedy; of anything else the stack is the best there is. */
function describe(thrown: unknown): string {
  if (isAppError(thrown)) return `${thrown.message}\n(${thrown.code})`
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
}
