import { sep } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { PAGE_CSP } from '../api/page-policy.ts'
import { answerPageRequest } from './page-files.ts'

const files = new Map<string, string>()
const asked: string[] = []

const read = vi.fn<(file: string) => Promise<Uint8Array>>(async (file) => {
  asked.push(file.split(sep).join('/'))
  const text = files.get(asked.at(-1) ?? '')
  if (text === undefined) throw new Error('ENOENT')
  return new TextEncoder().encode(text)
})

beforeEach(() => {
  asked.length = 0
  files.clear()
  files.set('/page/index.html', '<!doctype html>')
  files.set('/page/assets/index-1.js', '0')
  files.set('/secret', 'secret')
})

function get(path: string, method = 'GET', origin = 'app://novacron') {
  return answerPageRequest('/page', `${origin}${path}`, method, read)
}

test.each(['/', '/fleet?q=x', '/machines/c1.m.42', '/machines/web.js', '/tasks'])('%s is a view: the page itself', async (path) => {
  const answer = await get(path)
  expect(answer.status).toBe(200)
  expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
  expect(asked).toEqual(['/page/index.html'])
})

test('an asset has its type', async () => {
  expect(await get('/assets/index-1.js')).toMatchObject({ status: 200, headers: { 'content-type': 'text/javascript; charset=utf-8' } })
})

test.each([
  ['/assets/none.js', 404],
  ['/assets/none.exe', 404],
  ['/none.js', 404],
  ['/assets/%00.js', 400],
  ['/assets/%zz.js', 400],
  ['/assets/..%5c..%5csecret.js', 400],
])('%s is refused with %i', async (path, status) => {
  expect(await get(path)).toMatchObject({ status, body: null })
})

test.each(['/assets/../../secret', '/assets/..%2f..%2fsecret', '/assets/..%2f..%2f..%2fsecret.js', '/%2e%2e/secret', '/..%2fsecret.js'])(
  '%s does not climb out of the folder',
  async (path) => {
    const answer = await get(path)
    expect(new TextDecoder().decode(answer.body ?? new Uint8Array())).not.toContain('secret')
    for (const file of asked) expect(file.startsWith('/page/')).toBe(true)
  },
)

test.each(['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'])('%s is no method of a page', async (method) => {
  expect((await get('/', method)).status).toBe(405)
})

test('another host of the scheme has nothing', async () => {
  expect((await get('/', 'GET', 'app://elsewhere')).status).toBe(404)
})

test('every answer carries the policy', async () => {
  for (const answer of [await get('/'), await get('/assets/index-1.js'), await get('/none.js'), await get('/', 'POST')]) {
    expect(answer.headers['content-security-policy']).toBe(PAGE_CSP)
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
  }
  expect(PAGE_CSP).toMatch(/^default-src 'none';/)
  expect(PAGE_CSP).not.toMatch(/unsafe|https?:|\*/)
})
