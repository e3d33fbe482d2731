import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../e2e/lab/run.ts'
import { type ClientConnection, connectEngine } from '../api/client.ts'
import { findEndpoint } from '../host/control.ts'
import { type Running, serveLocal } from './serve-local.ts'

let folder: string
let running: Running
let link: ClientConnection
let cookie: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'novacron-download-'))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), '')
  running = await serveLocal({ port: 0, dataDirectory: folder, pageDirectory: folder, demo: 'hosts', print: () => {} })
  cookie = (await fetch(running.loginLink())).headers.get('set-cookie')?.split(';')[0] ?? ''
  const endpoint = await findEndpoint(folder)
  if (!endpoint) throw new Error('no engine')
  link = await connectEngine({ url: `ws+unix:${endpoint.socket}:/ws`, headers: { authorization: `Bearer ${endpoint.token}` } })
})

afterAll(async () => {
  link.close()
  await running.stop()
  await rm(folder, { recursive: true, force: true })
})

const get = (path: string, headers: Record<string, string> = { cookie }) => fetch(`http://127.0.0.1:${running.port}${path}`, { headers })

/** The smallest volume of the demo's first pool that has any. */
async function someVolume() {
  return until('a volume', async () => {
    for (const { host } of (await link.client.inventory.hosts({})).slice(0, 5)) {
      for (const { id: poolId, active } of await link.client.volumes.pools({ hostId: host.id })) {
        if (!active) continue
        const [first] = (await link.client.volumes.list({ poolId })).sort((a, b) => a.allocationBytes - b.allocationBytes)
        if (first) return { poolId, name: first.name }
      }
    }
    return undefined
  })
}

test('a volume is saved by its token, in whole and in part, and not without a session', async () => {
  const { token, sizeBytes, version } = await link.client.volumes.download(await someVolume())
  const path = `/download/${token}/some%20disk.img`
  expect((await get(path, {})).status).toBe(401)
  const answer = await get(path)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''some%20disk.img")
  expect(answer.headers.get('content-length')).toBe(String(sizeBytes))
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  expect(answer.headers.get('etag')).toBe(`"${version}"`)
  const reader = answer.body?.getReader()
  const start = (await reader?.read())?.value
  expect(start?.length).toBeGreaterThan(0)
  await reader?.cancel()
  const part = await get(path, { cookie, range: 'bytes=1-8', 'if-range': `"${version}"` })
  expect(part.status).toBe(206)
  expect([...(await part.bytes())]).toEqual([...(start?.subarray(1, 9) ?? [])])
  const head = await fetch(`http://127.0.0.1:${running.port}${path}`, { method: 'HEAD', headers: { cookie } })
  expect([head.status, head.headers.get('accept-ranges'), head.headers.get('content-length')]).toEqual([200, 'bytes', String(sizeBytes)])
})

test('what is no token is no file', async () => {
  expect((await get(`/download/${'x'.repeat(32)}/a.iso`)).status).toBe(404)
  expect((await get('/download/short/a.iso')).status).toBe(404)
})
