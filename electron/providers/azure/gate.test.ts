import { expect, test } from 'vitest'
import { CallBudget } from '../cloud/index.ts'
import { failure } from '../conformance/fixture.ts'
import { createRacingClock } from '../simulated/testing/racing-clock.ts'
import { Gate, type GateReply } from './gate.ts'

const ENDPOINT = 'https://management.azure.com'
const VM = `${ENDPOINT}/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web-1`

function reply(status: number, body: unknown = {}, headers: Readonly<Record<string, string>> = {}): GateReply {
  return { status, text: JSON.stringify(body), header: (name) => headers[name] }
}

function error(code: string, message = 'Azure’s own words.'): unknown {
  return { error: { code, message } }
}

/** Answers in their order, the last for ever; an Error is thrown, null is never answered. */
function bench(...answers: ReadonlyArray<GateReply | Error | null>) {
  const clock = createRacingClock()
  const budget = new CallBudget(clock, 6_000)
  const gate = new Gate(ENDPOINT, budget, clock)
  const sent: number[] = []
  const send = (signal: AbortSignal): Promise<GateReply> => {
    const answer = answers[Math.min(sent.length, answers.length - 1)] as GateReply | Error | null
    sent.push(clock.nowMs())
    if (answer instanceof Error) return Promise.reject(answer)
    if (answer !== null) return Promise.resolve(answer)
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new DOMException('Aborted', 'AbortError'))))
  }
  const pass = (method: string, url = VM, signal?: AbortSignal) => gate.pass({ method, url, signal }, send, (raw) => raw)
  return { clock, budget, sent, pass }
}

function broken(code: string): Error {
  return Object.assign(new Error('socket'), { code })
}

test.each([
  'https://evil.example',
  'https://management.azure.com.evil.example',
  'http://management.azure.com',
  'https://management.azure.com:8443',
])('nothing goes to %s', async (origin) => {
  const { pass, sent } = bench(reply(200))
  await failure(pass('GET', VM.replace(ENDPOINT, origin)), 'protocol', 'cloud.foreign-link')
  expect(sent).toEqual([])
})

test('a redirection is not followed', async () => {
  const { pass } = bench(reply(307, {}, { location: 'https://evil.example' }))
  expect((await failure(pass('GET'), 'protocol')).code).toBe('cloud.not-understood')
})

test('a read that broke off is tried three times, a change once', async () => {
  const read = bench(broken('ECONNRESET'))
  await failure(read.pass('GET'), 'unreachable', 'cloud.unreachable')
  expect(read.sent).toHaveLength(3)
  const change = bench(broken('ECONNRESET'))
  await failure(change.pass('POST', `${VM}/start`), 'indeterminate', 'cloud.reply-lost')
  expect(change.sent).toHaveLength(1)
})

test('a question by POST is a read', async () => {
  const { pass, sent } = bench(broken('ECONNRESET'), reply(200))
  await pass('POST', `${ENDPOINT}/providers/Microsoft.ResourceGraph/resources`)
  expect(sent).toHaveLength(2)
})

test('a change that never left is not indeterminate', async () => {
  const problem = await failure(bench(broken('ECONNREFUSED')).pass('POST', `${VM}/start`), 'unreachable')
  expect(problem.remote).toMatchObject({ code: 'ECONNREFUSED' })
})

test('a certificate that is not trusted is told, and not tried again', async () => {
  const { pass, sent } = bench(broken('SELF_SIGNED_CERT_IN_CHAIN'))
  await failure(pass('GET'), 'unreachable', 'azure.tls-not-trusted')
  expect(sent).toHaveLength(1)
})

test('after a 429 it waits as long as it was told; a change as well, as it was not done', async () => {
  const { pass, sent, budget } = bench(reply(429, error('OperationNotAllowed'), { 'retry-after': '7' }), reply(202))
  await pass('POST', `${VM}/start`)
  expect((sent[1] ?? 0) - (sent[0] ?? 0)).toBeGreaterThanOrEqual(7_000)
  expect(budget.view().perMinute).toBeLessThan(6_000)
})

test('for ever throttled, it says so in the end, with the time to wait', async () => {
  const { pass, sent } = bench(reply(429, error('OperationNotAllowed'), { 'retry-after': '60' }))
  expect((await failure(pass('GET'), 'rate-limited', 'cloud.throttled')).retryAfterMs).toBe(60_000)
  expect(sent).toHaveLength(3)
})

test.each([
  ['GET', 'timeout'],
  ['POST', 'indeterminate'],
] as const)('%s without an answer ends as %s', async (method, kind) => {
  expect((await failure(bench(null).pass(method), kind)).message).toMatch(/answer/)
})

test('who gives up ends it', async () => {
  const { pass, clock } = bench(null)
  const abort = new AbortController()
  clock.after(50, () => abort.abort())
  expect((await failure(pass('GET', VM, abort.signal), 'cancelled')).code).toBe('cancelled')
})

test.each([
  [401, 'InvalidAuthenticationToken', 'unauthenticated', 'cloud.credentials-refused'],
  [401, 'ExpiredAuthenticationToken', 'unauthenticated', 'cloud.credentials-expired'],
  [403, 'RequestDisallowedByPolicy', 'forbidden', 'azure.policy'],
  [404, 'SubscriptionNotFound', 'forbidden', 'cloud.place-not-enabled'],
  [404, 'ResourceNotFound', 'not-found', 'azure.not-found'],
  [405, '', 'unsupported', 'azure.not-offered'],
  [409, 'AnotherOperationInProgress', 'conflict', 'azure.busy'],
  [409, 'ScopeLocked', 'precondition', 'machine.protected'],
  [409, 'SkuNotAvailable', 'exhausted', 'cloud.no-capacity'],
  [409, 'OperationNotAllowed', 'remote-failure', 'cloud.failed-there'],
  [500, 'InternalServerError', 'remote-failure', 'cloud.failed-there'],
  [504, 'GatewayTimeout', 'indeterminate', 'cloud.reply-lost'],
] as const)('%d %s is %s', async (status, native, kind, code) => {
  const { pass } = bench(reply(status, error(native), { 'x-ms-request-id': 'b2' }))
  const problem = await failure(pass('DELETE'), kind, code)
  expect(problem.remote).toEqual({
    status,
    code: native,
    message: 'Azure’s own words.',
    requestId: 'b2',
    request: `DELETE ${new URL(VM).pathname}`,
  })
})

test('a challenge for claims is the SDK’s to answer', async () => {
  const challenge = reply(401, error('InvalidAuthenticationToken'), {
    'www-authenticate': 'Bearer error="insufficient_claims", claims="eyJ9"',
  })
  expect((await bench(challenge).pass('GET')).status).toBe(401)
})

test('an operation that has failed is told by its own code', async () => {
  const operation = `${ENDPOINT}/subscriptions/s/providers/Microsoft.Compute/locations/westeurope/operations/7?p=1&api-version=2024-07-01`
  const { pass } = bench(reply(200, { status: 'Failed', ...(error('AllocationFailed') as object) }))
  await failure(pass('GET', operation), 'exhausted', 'cloud.no-capacity')
  expect((await bench(reply(200, { status: 'Failed' })).pass('GET')).status).toBe(200)
})

test('a page of HTML in the place of an answer is no bug', async () => {
  const { pass } = bench({ status: 502, text: '<html>', header: () => undefined })
  expect((await failure(pass('GET'), 'unreachable')).remote).toMatchObject({ status: 502, message: 'HTTP 502' })
})
