import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { userDataFolder } from './user-data.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'user-data-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('the page keeps its storage with the rest, for this user alone', () => {
  const data = join(temporaryFolder(), 'not', 'yet', 'there')
  const folder = userDataFolder(data)
  expect(folder).toBe(join(data, 'desktop'))
  expect(statSync(folder).mode & 0o077).toBe(0)
  expect(userDataFolder(data)).toBe(folder)
})

test('a data folder that takes nothing is no reason to have no window', () => {
  const data = join(temporaryFolder(), 'a-file')
  writeFileSync(data, '')
  const folder = userDataFolder(data)
  onTestFinished(() => rmSync(folder, { recursive: true }))
  expect(folder.startsWith(tmpdir())).toBe(true)
  expect(existsSync(folder)).toBe(true)
})
