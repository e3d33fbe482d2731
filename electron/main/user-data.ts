import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * The folder for the page's own storage, made if need be. Where the data folder takes nothing, it is a new one among the temporary files:
 * the shell then gets far enough to say in a window what is wrong with the data folder.
 */
export function userDataFolder(dataDirectory: string): string {
  const folder = join(dataDirectory, 'desktop')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return folder
  } catch {
    return mkdtempSync(join(tmpdir(), 'novacron-desktop-'))
  }
}
