import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { connectEngine } from '../api/client.ts'
import { findEndpoint } from '../host/control.ts'
import { resetDuringUpgrade } from '../host/testing/reset-upgrade.ts'
import { uncaughtDuring } from '../host/testing/uncaught.ts'
import { type Running, serveLocal } from './serve-local.ts'

let dataDirectory: string
let pageDirectory: string
let running: Running
let cookie: string

beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'novacron-serve-'))
  pageDirectory = await mkdtemp(join(tmpdir(), 'novacron-page-'))
  await mkdir(join(pageDirectory, 'assets'))
  await writeFile(join(pageDirectory, 'index.html'), '<!doctype html><title>NovaCron</title>')
  running = await serveLocal({ port: 0, dataDirectory, pageDirectory, demo: null, print: () => {} })
  cookie = (await login(running.loginLink())).cookie
})

afterAll(async () => {
  await running.stop()
  await rm(dataDirectory, { recursive: true, force: true })
  await rm(pageDirectory, { recursive: true, force: true })
})

async function login(link: string): Promise<{ status: number; cookie: string }> {
  const answer = await fetch(link)
  return { status: answer.status, cookie: (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '' }
}

const url = (path: string) => `http://127.0.0.1:${running.port}${path}`

/** fetch does not let Host be set. */
function statusWith(path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port: running.port, path, headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}

test.each(['/', '/index.html', '/assets/x.js', '/api/openapi.json', '/api/docs', '/api/system/info', '/machines/1'])(
  '%s is not answered without a session',
  async (path) => {
    const answer = await fetch(url(path))
    expect(answer.status).toBe(401)
    expect(await answer.text()).not.toContain('<title>NovaCron</title>')
  },
)

test('with a session the page, the API and its description answer', async () => {
  const headers = { cookie }
  expect(await (await fetch(url('/'), { headers })).text()).toContain('<title>NovaCron</title>')
  expect(await (await fetch(url('/machines/any.view'), { headers })).text()).toContain('<title>NovaCron</title>')
  const info = await (await fetch(url('/api/system/info'), { headers })).json()
  expect(info).toMatchObject({ face: 'local' })
  const document = (await (await fetch(url('/api/openapi.json'), { headers })).json()) as {
    openapi: string
    paths: Record<string, unknown>
  }
  expect(document.openapi).toMatch(/^3\.1/)
  expect(Object.keys(document.paths)).toContain('/machines/act')
  expect(await (await fetch(url('/api/docs'), { headers })).text()).toContain('swagger-ui-bundle.js')
  expect((await fetch(url('/api/docs/ui/swagger-ui-bundle.js'), { headers })).status).toBe(200)
})

test('an error over HTTP has its status, kind and code', async () => {
  const answer = await fetch(url('/api/tasks/get?taskId=none'), { headers: { cookie } })
  expect(answer.status).toBe(404)
  expect(await answer.json()).toMatchObject({ data: { kind: 'not-found' } })
  const unparsable = await fetch(url('/api/machines/act'), {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/json' },
    body: '{}',
  })
  expect(unparsable.status).toBe(400)
  expect(await unparsable.json()).toMatchObject({ data: { kind: 'invalid-input', code: 'input.invalid' } })
  expect((await fetch(url('/api/no/such/method'), { headers: { cookie } })).status).toBe(404)
})

test('a flag in an address means what it says', async () => {
  const ask = async (descending: string) =>
    (await fetch(url(`/api/inventory/machines?query=name:none&descending=${descending}`), { headers: { cookie } })).status
  expect([await ask('false'), await ask('true'), await ask('nonsense')]).toEqual([200, 200, 400])
})

test.each([true, false])('a body beyond the limit is refused and not kept in memory (length announced: %j)', async (announced) => {
  const chunk = Buffer.alloc(1024 * 1024, 0x20)
  const status = await new Promise<number | string>((resolve) => {
    const call = httpRequest(url('/api/machines/act'), {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json', ...(announced && { 'content-length': String(40 * chunk.length) }) },
    })
    call.once('response', (response) => {
      resolve(response.statusCode ?? 0)
      call.destroy()
    })
    call.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
    let sent = 0
    const more = (): void => {
      if (call.destroyed) return
      if (sent++ < 40) call.write(chunk, more)
      else call.end()
    }
    more()
  })
  // who still writes when the answer comes may find the way closed before the answer is read
  expect([413, 'EPIPE', 'ECONNRESET']).toContain(status)
})

test('logging out closes the sockets of that session, and no others', async () => {
  const { cookie: session } = await login(running.loginLink())
  const origin = `http://127.0.0.1:${running.port}`
  const [mine, other] = [session, cookie].map(
    (each) => new WebSocket(`ws://127.0.0.1:${running.port}/ws`, { headers: { cookie: each, origin } }),
  )
  await Promise.all([mine, other].map((socket) => new Promise((resolve) => socket?.once('open', resolve))))
  const closed = new Promise((resolve) => mine?.once('close', resolve))
  expect((await fetch(url('/logout'), { method: 'POST', headers: { cookie: session, origin } })).status).toBe(200)
  expect(await closed).toBe(1008)
  expect(other?.readyState).toBe(WebSocket.OPEN)
  other?.close()
})

test('the login link works once', async () => {
  const link = running.loginLink()
  expect((await login(link)).status).toBe(200)
  expect((await login(link)).status).toBe(401)
})

test('a foreign Host or Origin is refused even with a session', async () => {
  expect(await statusWith('/', { cookie, host: 'evil.example' })).toBe(403)
  expect(await statusWith('/', { cookie, host: `127.0.0.1:${running.port}`, origin: 'https://evil.example' })).toBe(403)
  expect(await statusWith('/', { cookie, host: `127.0.0.1:${running.port}` })).toBe(200)
})

test('answers carry the page policy', async () => {
  const { headers } = await fetch(url('/'), { headers: { cookie } })
  expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('x-frame-options')).toBe('DENY')
})

async function socketOutcome(headers: Record<string, string>, path = '/ws'): Promise<string> {
  const socket = new WebSocket(`ws://127.0.0.1:${running.port}${path}`, { headers })
  return new Promise((resolve) => {
    socket.once('open', () => {
      socket.close()
      resolve('open')
    })
    socket.once('error', (error) => resolve(error.message))
  })
}

test('the socket opens with the session and our origin only', async () => {
  expect(await socketOutcome({ cookie, origin: `http://127.0.0.1:${running.port}` })).toBe('open')
  expect(await socketOutcome({ origin: `http://127.0.0.1:${running.port}` })).toContain('401')
  expect(await socketOutcome({ cookie, origin: 'https://evil.example' })).toContain('401')
  expect(await socketOutcome({ cookie }, '/other')).toContain('401')
})

test.each(['before the refusal', 'on the refusal'] as const)('a stranger who resets %s does not end the process', async (when) => {
  const uncaught = await uncaughtDuring(async () => {
    await resetDuringUpgrade({ host: '127.0.0.1', port: running.port }, when)
    expect((await fetch(url('/'))).status).toBe(401)
  })
  expect(uncaught).toEqual([])
})

test('the command line reaches it through the control socket, with the token only', async () => {
  const endpoint = await findEndpoint(dataDirectory)
  if (!endpoint) throw new Error('no endpoint')
  expect((await stat(join(dataDirectory, 'endpoint.json'))).mode & 0o777).toBe(0o600)
  expect((await stat(endpoint.socket)).mode & 0o777).toBe(0o600)
  const link = await connectEngine({ url: `ws+unix:${endpoint.socket}:/ws`, headers: { authorization: `Bearer ${endpoint.token}` } })
  expect((await link.client.system.info({})).face).toBe('local')
  link.close()
  await expect(connectEngine({ url: `ws+unix:${endpoint.socket}:/ws` })).rejects.toMatchObject({ kind: 'unreachable' })
})

test('a second engine on the same data is refused and names the first', async () => {
  await expect(serveLocal({ port: 0, dataDirectory, pageDirectory, demo: null, print: () => {} })).rejects.toMatchObject({
    kind: 'conflict',
    code: 'instance.running',
    details: { pid: process.pid },
  })
})

test('a taken port is named, with the way out, and the data stays free', async () => {
  const other = await mkdtemp(join(tmpdir(), 'novacron-port-'))
  const blocker: Server = createServer()
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
  const { port } = blocker.address() as { port: number }
  try {
    await expect(serveLocal({ port, dataDirectory: other, pageDirectory, demo: null, print: () => {} })).rejects.toMatchObject({
      code: 'server.port-taken',
    })
    expect(await findEndpoint(other)).toBeNull()
  } finally {
    blocker.close()
    await rm(other, { recursive: true, force: true })
  }
})

test('no session and no token stands in the log', async () => {
  const endpoint = await findEndpoint(dataDirectory)
  const log = await readFile(join(dataDirectory, 'logs', 'novacron.log'), 'utf8').catch(() => '')
  expect(log).not.toContain(cookie.split('=')[1])
  expect(log).not.toContain(endpoint?.token)
})
