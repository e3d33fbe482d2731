import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { isOwnOrigin, SessionGate, sessionCookie } from './session.ts'

const request = (headers: Record<string, string>, method = 'GET') => ({ headers, method }) as unknown as IncomingMessage
const withCookie = (session: string) => request({ cookie: `other=1; novacron_session=${session}` })

test('a login link works once', () => {
  const gate = new SessionGate({ nowMs: () => 0 })
  const token = gate.issueLogin()
  const session = gate.redeem(token)
  expect(session).not.toBeNull()
  expect(gate.redeem(token)).toBeNull()
  expect(gate.admits(withCookie(session ?? ''))).toBe(true)
})

test('a login link dies after 15 minutes, a session after a week', () => {
  let nowMs = 0
  const gate = new SessionGate({ nowMs: () => nowMs })
  const late = gate.issueLogin()
  nowMs = 15 * 60_000 + 1
  expect(gate.redeem(late)).toBeNull()
  const session = gate.redeem(gate.issueLogin()) ?? ''
  nowMs += 7 * 24 * 3_600_000 + 1
  expect(gate.admits(withCookie(session))).toBe(false)
})

test('nothing is admitted without a session or with a made-up one', () => {
  const gate = new SessionGate({ nowMs: () => 0, bearer: 'right' })
  expect(gate.admits(request({}))).toBe(false)
  expect(gate.admits(withCookie('made-up'))).toBe(false)
  expect(gate.admits(request({ authorization: 'Bearer wrong' }))).toBe(false)
  expect(gate.admits(request({ authorization: 'Bearer right' }))).toBe(true)
})

test('a session ends when it is logged out', () => {
  const gate = new SessionGate({ nowMs: () => 0 })
  const session = gate.redeem(gate.issueLogin()) ?? ''
  gate.end(withCookie(session))
  expect(gate.admits(withCookie(session))).toBe(false)
})

test('the cookie is HttpOnly and SameSite=Strict', () => {
  expect(sessionCookie('x')).toMatch(/HttpOnly; SameSite=Strict; Path=\//)
})

test.each([
  ['own host', { host: '127.0.0.1:4170' }, true],
  ['own name', { host: 'localhost:4170', origin: 'http://localhost:4170' }, true],
  ['another port', { host: '127.0.0.1:80' }, false],
  ['a name that was pointed here', { host: 'evil.example:4170' }, false],
  ['no host', {}, false],
  ['a foreign origin', { host: '127.0.0.1:4170', origin: 'https://evil.example' }, false],
  ['the null origin of a sandboxed frame', { host: '127.0.0.1:4170', origin: 'null' }, false],
  ['a foreign page that embeds it', { host: '127.0.0.1:4170', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, false],
  ['a link followed from elsewhere', { host: '127.0.0.1:4170', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, true],
])('origin: %s', (_name, headers, admitted) => {
  expect(isOwnOrigin(request(headers as Record<string, string>), 4170)).toBe(admitted)
})

test('a session goes on after a restart, and only its digest is kept', () => {
  const kept: Array<Readonly<Record<string, number>>> = []
  const before = new SessionGate({ nowMs: () => 0, keep: (sessions) => kept.push(sessions) })
  const session = before.redeem(before.issueLogin()) ?? ''
  expect(JSON.stringify(kept)).not.toContain(session)
  const after = new SessionGate({ nowMs: () => 1, kept: kept.at(-1) ?? {} })
  expect(after.admits(withCookie(session))).toBe(true)
  before.end(withCookie(session))
  expect(new SessionGate({ nowMs: () => 1, kept: kept.at(-1) ?? {} }).admits(withCookie(session))).toBe(false)
})
