import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Machine } from '../../scripts/peers.mjs'
import { electronBinary } from '../../scripts/peers.mjs'
import { electronDriver } from './electron-driver.ts'
import type { ShellDriver } from './shell-app.ts'
import { standInDriver } from './stand-in-driver.ts'

/** Electron where its binary and a display are to be had, else the stand-in. */
export function shellDriver({ platform, env }: Pick<Machine, 'platform' | 'env'> = process): ShellDriver {
  const hasDisplay = platform !== 'linux' || Boolean(env['DISPLAY'] ?? env['WAYLAND_DISPLAY'])
  return hasDisplay && electronBinary({ platform, env }) !== undefined ? electronDriver : standInDriver
}

export async function temporaryData(name: string): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), `novacron-shell-${name}-`))
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 40 }) }
}
