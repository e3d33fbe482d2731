import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Console, openConsole } from './compose.ts'

let folder = ''
let console: Console

beforeAll(async () => {
  vi.stubEnv('NOVACRON_KEYCHAIN', 'off')
  folder = await mkdtemp(join(tmpdir(), 'novacron-demo-'))
  console = await openConsole({ face: 'local', dataDirectory: folder })
})

afterAll(async () => {
  await console.stop()
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

test('the demo has an account of each cloud, with machines, and keeps nothing of how to log in', async () => {
  const { engine } = console
  const demo = await engine.connections.addDemo({ hosts: 1, machines: 5, seed: 1, clouds: true })
  const { inventory } = engine.inventory
  const accounts = () => [...inventory.all('connection')].filter(({ providerId }) => ['aws', 'azure', 'gcp'].includes(providerId))
  await expect.poll(() => accounts().map(({ status }) => status)).toEqual(['online', 'online', 'online'])
  for (const { id, config, workspaceId } of accounts()) {
    expect(workspaceId).toBe(demo)
    expect(config.endpoint).toBe('https://demo.invalid')
    expect([...inventory.all('machine')].filter(({ connectionId }) => connectionId === id).length).toBeGreaterThan(100)
  }
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const contents = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')))
  expect(contents.some((text) => text.includes('AKIADEMO'))).toBe(true)
  for (const secret of ['correct horse battery staple', 'PRIVATE KEY']) expect(contents.some((text) => text.includes(secret))).toBe(false)
})
