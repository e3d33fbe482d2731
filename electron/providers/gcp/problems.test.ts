import { expect, test } from 'vitest'
import type { ErrorKind } from '../../../shared/errors/index.ts'
import { type Asked, operationFailed, toLoginProblem, toProblem } from './problems.ts'

const READ: Asked = {
  method: 'compute.instances.get',
  permission: 'compute.instances.get',
  changes: false,
  project: 'acme',
  about: 'machine',
}
const CHANGE: Asked = { ...READ, method: 'compute.instances.stop', permission: 'compute.instances.stop', changes: true }

function refused(status: number, reason: string, more: object = {}): Error {
  const data = { error: { code: status, message: 'Said there.', errors: [{ reason, message: 'Said there.' }], ...more } }
  return Object.assign(new Error('Said there.'), { response: { status, data, headers: new Headers({ 'retry-after': '3' }) } })
}

function broken(code: string): Error {
  return new Error('request failed', { cause: Object.assign(new Error(code), { code }) })
}

const errorInfo = (reason: string, metadata: object = {}) => ({
  details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, metadata }],
})

test.each<[string, Error, ErrorKind, string]>([
  ['a token that is no good', refused(401, 'authError'), 'unauthenticated', 'cloud.credentials-refused'],
  ['a rate, which comes as 403', refused(403, 'rateLimitExceeded'), 'rate-limited', 'cloud.throttled'],
  ['a rate, as newer services say it', refused(429, ''), 'rate-limited', 'cloud.throttled'],
  ['a rate in the details', refused(403, 'forbidden', errorInfo('RATE_LIMIT_EXCEEDED')), 'rate-limited', 'cloud.throttled'],
  ['a quota', refused(403, 'quotaExceeded'), 'exhausted', 'cloud.quota'],
  ['a missing permission', refused(403, 'forbidden'), 'forbidden', 'cloud.permission-missing'],
  ['an API that is off', refused(403, 'forbidden', errorInfo('SERVICE_DISABLED')), 'forbidden', 'gcp.api-off'],
  ['no billing account', refused(403, 'forbidden', errorInfo('BILLING_DISABLED')), 'forbidden', 'gcp.billing-off'],
  ['no such machine', refused(404, 'notFound'), 'not-found', 'machine.not-found'],
  ['a name that is taken', refused(409, 'alreadyExists'), 'conflict', 'gcp.name-taken'],
  ['a stale fingerprint', refused(412, 'conditionNotMet'), 'conflict', 'gcp.changed-meanwhile'],
  ['a wrong state', refused(400, 'resourceNotReady'), 'precondition', 'gcp.not-now'],
  ['a wrong value', refused(400, 'invalid'), 'invalid-input', 'gcp.refused'],
  ['a body that came too slowly', refused(408, ''), 'unreachable', 'cloud.unreachable'],
  ['a server that is overloaded', refused(503, 'backendError'), 'unreachable', 'cloud.unreachable'],
  ['a server that failed', refused(500, 'internalError'), 'remote-failure', 'cloud.failed-there'],
  ['no server', broken('ECONNREFUSED'), 'unreachable', 'cloud.unreachable'],
  ['a broken connection', broken('ECONNRESET'), 'unreachable', 'cloud.unreachable'],
])('%s', (_what, thrown, kind, code) => {
  expect(toProblem(thrown, READ)).toMatchObject({ kind, code })
})

test('of a change whose answer is lost nobody knows whether it was done', () => {
  for (const thrown of [broken('ECONNRESET'), refused(500, 'internalError'), refused(503, 'backendError')]) {
    expect(toProblem(thrown, CHANGE)).toMatchObject({ kind: 'indeterminate', code: 'cloud.reply-lost' })
  }
  // what never left was not done
  expect(toProblem(broken('ENOTFOUND'), CHANGE).kind).toBe('unreachable')
  expect(toProblem(refused(403, 'forbidden'), CHANGE).kind).toBe('forbidden')
})

test('the native code and the permission are told', () => {
  const error = toProblem(refused(403, 'forbidden', errorInfo('IAM_PERMISSION_DENIED', { permission: 'compute.instances.stop' })), CHANGE)
  expect(error.details).toMatchObject({ permission: 'compute.instances.stop', project: 'acme' })
  expect(error.remote).toMatchObject({ httpStatus: 403, code: 'IAM_PERMISSION_DENIED', method: 'compute.instances.stop' })
  expect(toProblem(refused(429, ''), READ).retryAfterMs).toBe(3_000)
})

test.each<[string, ErrorKind, string]>([
  ['ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS', 'exhausted', 'cloud.no-capacity'],
  ['QUOTA_EXCEEDED', 'exhausted', 'cloud.quota'],
  ['RESOURCE_IN_USE_BY_ANOTHER_RESOURCE', 'conflict', 'gcp.in-use'],
  ['RESOURCE_NOT_READY', 'precondition', 'gcp.not-now'],
  ['PERMISSIONS_ERROR', 'forbidden', 'cloud.permission-missing'],
  ['INTERNAL_ERROR', 'remote-failure', 'cloud.failed-there'],
])('an operation that ends with %s', (code, kind, ours) => {
  const about = { name: 'web', type: 'e2-small', operation: 'operation-1', project: 'acme' }
  expect(operationFailed([{ code, message: 'Said there.' }], about)).toMatchObject({
    kind,
    code: ours,
    remote: { code, operation: 'operation-1' },
  })
})

test('a login is refused for the key, the clock or a session that ended', () => {
  const nowMs = Date.parse('2026-11-26T12:00:00Z')
  const said = (data: object, date = '2026-11-26T12:01:00Z') =>
    Object.assign(new Error('invalid_grant'), { response: { status: 400, data, headers: new Headers({ date }) } })
  const codeOf = (thrown: Error) => toLoginProblem(thrown, nowMs, 300_000).code
  expect(codeOf(said({ error: 'invalid_grant' }))).toBe('cloud.credentials-refused')
  expect(codeOf(said({ error: 'invalid_grant' }, '2026-11-26T12:10:00Z'))).toBe('cloud.clock-skew')
  expect(codeOf(said({ error: 'invalid_grant', error_subtype: 'invalid_rapt' }))).toBe('cloud.credentials-expired')
  expect(codeOf(broken('ENOTFOUND'))).toBe('cloud.unreachable')
})
