import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { shellDriver } from './driver.ts'

let electron = ''
beforeEach(async () => {
  electron = await mkdtemp(join(tmpdir(), 'novacron-electron-'))
  await writeFile(join(electron, 'electron'), '')
})
afterEach(() => rm(electron, { recursive: true, force: true }))

function choice(env: Readonly<Record<string, string>>) {
  const { label, needs } = shellDriver({ platform: 'linux', env })
  return { label, needs }
}

test('the real Electron asks for no browser, its stand-in does', () => {
  expect(choice({ DISPLAY: ':0', ELECTRON_OVERRIDE_DIST_PATH: electron })).toEqual({ label: 'Electron', needs: 'electron' })
  expect(choice({ ELECTRON_OVERRIDE_DIST_PATH: electron })).toEqual({ label: 'stand-in', needs: 'chromium' })
  expect(choice({ DISPLAY: ':0', ELECTRON_OVERRIDE_DIST_PATH: '/nowhere' })).toEqual({ label: 'stand-in', needs: 'chromium' })
})
