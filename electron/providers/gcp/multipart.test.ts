import { expect, test } from 'vitest'
import { answersIn, batchOf, boundaryOf } from './multipart.ts'

const CRLF = '\r\n'

/** A part as Compute Engine writes it. */
function part(id: string, status: string, body: string, more: readonly string[] = []): string {
  return [
    'Content-Type: application/http',
    `Content-ID: <response-${id}>`,
    '',
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json; charset=UTF-8',
    ...more,
    '',
    body,
  ].join(CRLF)
}

const whole = (...parts: readonly string[]) => `${parts.map((one) => `--b1${CRLF}${one}${CRLF}`).join('')}--b1--${CRLF}`

test('calls are parts with an id each, and no host', () => {
  const { contentType, body } = batchOf([
    { id: '1', method: 'POST', path: '/compute/v1/projects/p/zones/z/instances/7/stop?requestId=a' },
    { id: '2', method: 'DELETE', path: '/compute/v1/projects/p/zones/z/instances/8' },
  ])
  const boundary = boundaryOf(contentType) ?? ''
  expect(boundary).toMatch(/^batch_/)
  expect(body.replaceAll(boundary, 'b').split(CRLF)).toEqual([
    '--b',
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    'Content-ID: <1>',
    '',
    'POST /compute/v1/projects/p/zones/z/instances/7/stop?requestId=a HTTP/1.1',
    'Accept: application/json',
    '',
    '',
    '--b',
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    'Content-ID: <2>',
    '',
    'DELETE /compute/v1/projects/p/zones/z/instances/8 HTTP/1.1',
    'Accept: application/json',
    '',
    '',
    '--b--',
    '',
  ])
})

test.each([
  ['multipart/mixed; boundary=batch_a-1', 'batch_a-1'],
  ['multipart/mixed; boundary="batch a"', 'batch a'],
  ['Multipart/Mixed;charset=utf-8; boundary=b', 'b'],
  ['multipart/mixed', null],
  ['application/json; boundary=b', null],
  [null, null],
])('%s has the boundary %s', (contentType, boundary) => {
  expect(boundaryOf(contentType)).toBe(boundary)
})

test('answers are known by their ids, with status, headers and body of their own', () => {
  const answers = answersIn(
    whole(part('2', '403 Forbidden', '{"error":{"code":403}}', ['Retry-After: 7']), part('1', '200 OK', `{${CRLF}  "name": "op"${CRLF}}`)),
    'b1',
  )
  expect([...answers.keys()]).toEqual(['2', '1'])
  expect(answers.get('1')).toMatchObject({ status: 200, data: { name: 'op' } })
  expect(answers.get('2')).toMatchObject({ status: 403, data: { error: { code: 403 } } })
  expect(answers.get('2')?.headers.get('retry-after')).toBe('7')
})

test('line ends without a carriage return, a preamble and an epilogue are read over', () => {
  const text = `This is multipart.\n${whole(part('1', '200 OK', '{}')).replaceAll(CRLF, '\n')}\nthe end`
  expect(answersIn(text, 'b1').get('1')).toMatchObject({ status: 200, data: {} })
})

test.each([
  ['nothing', ''],
  ['another boundary', whole(part('1', '200 OK', '{}')).replaceAll('b1', 'b2')],
  ['no end', `--b1${CRLF}${part('1', '200 OK', '{"a":')}`],
  ['no id', whole(part('1', '200 OK', '{}').replace(/Content-ID.*\r\n/, ''))],
  ['an id that answers nothing', whole(part('1', '200 OK', '{}').replace('response-', ''))],
  ['no status', whole(part('1', 'OK', '{}'))],
  ['a status that ends nothing', whole(part('1', '100 Continue', '{}'))],
  ['no request inside', whole(`Content-Type: application/http${CRLF}Content-ID: <response-1>`)],
  ['headers that are none', whole(part('1', '200 OK', '{}', ['what is this']))],
  ['two answers for one call', whole(part('1', '200 OK', '{}'), part('1', '404 Not Found', '{}'))],
])('of an answer with %s nothing is believed', (_what, text) => {
  expect(answersIn(text, 'b1').size).toBe(0)
})

test('what breaks off takes its own part along, and no other', () => {
  const text = whole(part('1', '200 OK', '{}'), part('2', '200 OK', '{"name":"op"}'))
  expect([...answersIn(text.slice(0, -14), 'b1').keys()]).toEqual(['1'])
})

test('a body that is no JSON stays a text', () => {
  expect(answersIn(whole(part('1', '502 Bad Gateway', '<html>')), 'b1').get('1')?.data).toBe('<html>')
})
