import { dialog } from 'electron'
import { isAppError } from '../../shared/errors/index.ts'
import type { Words } from './words.ts'

export interface EngineStartOptions {
  readonly words: () => Words
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
      if (!(await askAgain(thrown, options))) return null
    }
  }
}

async function askAgain(thrown: unknown, { words, openFolder }: EngineStartOptions): Promise<boolean> {
  for (;;) {
    const { response } = await dialog.showMessageBox({
      type: 'error',
      message: words()('start.failed'),
      detail: describe(thrown),
      buttons: [words()('start.again'), words()('start.folder'), words()('menu.quit')],
      defaultId: 0,
      cancelId: 2,
    })
    if (response === 0) return true
    if (response !== 1) return false
    openFolder()
  }
}

function describe(thrown: unknown): string {
  if (isAppError(thrown)) return `${thrown.message}\n(${thrown.code})`
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
}
