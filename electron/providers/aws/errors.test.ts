import { expect, test } from 'vitest'
import { toWireError } from '../../../shared/errors/index.ts'
import { type Asked, toProblem } from './errors.ts'

const ASKED: Asked = { permission: 'ec2:StopInstances', region: 'eu-central-1', changes: true, isTemporary: false }

/** As the SDK throws: an Error with fields. */
function thrown(name: string, { status = 400, dateMs, code }: { status?: number; dateMs?: number; code?: string } = {}): Error {
  const $response = { statusCode: status, headers: dateMs === undefined ? {} : { date: new Date(dateMs).toUTCString() } }
  const fields = { name, $metadata: { httpStatusCode: status, requestId: 'r-1' }, $response, ...(code !== undefined && { code }) }
  return Object.assign(new Error('in its own words'), fields)
}

/** The same where no answer came at all. */
function unanswered(name: string, code: string): Error {
  return Object.assign(new Error('socket hang up'), { name, code, $metadata: { attempts: 1 } })
}

test.each([
  ['AuthFailure', 'unauthenticated', 'cloud.credentials-refused'],
  ['ExpiredToken', 'unauthenticated', 'cloud.credentials-expired'],
  ['OptInRequired', 'forbidden', 'cloud.place-not-enabled'],
  ['UnauthorizedOperation', 'forbidden', 'cloud.permission-missing'],
  ['RequestLimitExceeded', 'rate-limited', 'cloud.throttled'],
  ['InvalidInstanceID.NotFound', 'not-found', 'machine.not-found'],
  ['InvalidVolume.NotFound', 'not-found', 'aws.not-found'],
  ['IncorrectInstanceState', 'precondition', 'aws.wrong-state'],
  ['VcpuLimitExceeded', 'exhausted', 'cloud.quota'],
  ['InsufficientInstanceCapacity', 'exhausted', 'cloud.no-capacity'],
  ['VolumeInUse', 'conflict', 'aws.in-use'],
  ['InvalidParameterValue', 'invalid-input', 'aws.refused-value'],
  ['UnsupportedOperation', 'unsupported', 'aws.unsupported'],
  ['RequestThrottledException', 'rate-limited', 'cloud.throttled'],
  ['ServiceQuotaExceededException', 'exhausted', 'cloud.quota'],
  ['ConflictException', 'conflict', 'aws.in-use'],
  ['InvalidSnapshot.InUse', 'conflict', 'aws.in-use'],
  ['SomethingNew', 'remote-failure', 'cloud.failed-there'],
])('%s is %s, with what AWS said kept', (name, kind, code) => {
  expect(toProblem(thrown(name), ASKED)).toMatchObject({
    kind,
    code,
    remote: {
      operation: 'ec2:StopInstances',
      region: 'eu-central-1',
      code: name,
      message: 'in its own words',
      status: 400,
      requestId: 'r-1',
    },
  })
})

test('a key that may not be used is told as that, and not as a permission of EBS', () => {
  const asked = { ...ASKED, permission: 'ebs:PutSnapshotBlock' }
  const denied = (Reason: string) => toProblem(Object.assign(thrown('AccessDeniedException', { status: 403 }), { Reason }), asked)
  expect(denied('UNAUTHORIZED_ACCOUNT')).toMatchObject({ details: { permission: 'ebs:PutSnapshotBlock' } })
  expect(denied('DEPENDENCY_ACCESS_DENIED')).toMatchObject({
    kind: 'forbidden',
    details: { permission: 'kms:Decrypt, kms:GenerateDataKeyWithoutPlaintext' },
    remote: { reason: 'DEPENDENCY_ACCESS_DENIED' },
  })
})

test('a signature that is too old: a clock that is off, or a session that is over', () => {
  const off = Date.now() + 3_600_000
  expect(toProblem(thrown('RequestExpired', { dateMs: off }), { ...ASKED, isTemporary: true }).code).toBe('cloud.clock-skew')
  expect(toProblem(thrown('RequestExpired', { dateMs: Date.now() }), { ...ASKED, isTemporary: true }).code).toBe(
    'cloud.credentials-expired',
  )
  // the answer does not say what time it is there
  expect(toProblem(thrown('RequestExpired'), { ...ASKED, isTemporary: true }).code).toBe('cloud.credentials-expired')
  expect(toProblem(thrown('RequestExpired'), ASKED).code).toBe('cloud.clock-skew')
  expect(toProblem(thrown('SignatureDoesNotMatch', { dateMs: off }), ASKED).code).toBe('cloud.clock-skew')
  expect(toProblem(thrown('SignatureDoesNotMatch', { dateMs: Date.now() }), ASKED).code).toBe('cloud.credentials-refused')
})

test.each([
  ['nothing could leave', unanswered('Error', 'ECONNREFUSED'), 'unreachable', 'unreachable'],
  ['the answer broke off', thrown('Error', { status: 200, code: 'ECONNRESET' }), 'unreachable', 'indeterminate'],
  ['no answer came', unanswered('TimeoutError', 'ETIMEDOUT'), 'unreachable', 'indeterminate'],
  ['the service failed', thrown('InternalError', { status: 500 }), 'unreachable', 'indeterminate'],
  ['what came is rubbish', thrown('SyntaxError', { status: 200 }), 'protocol', 'indeterminate'],
  ['another place is named', thrown('TemporaryRedirect', { status: 307 }), 'protocol', 'protocol'],
])('%s: a read is told what happened, a change that it is not known', (_, error, read, change) => {
  const problem = (changes: boolean) => toProblem(error, { ...ASKED, changes }).kind
  expect([problem(false), problem(true)]).toEqual([read, change])
})

test('what AWS quotes of a signed request goes no further: a session token is in it', () => {
  const error = thrown('SignatureDoesNotMatch', { dateMs: Date.now() })
  error.message = 'The Canonical String should have been x-amz-security-token:correct horse battery staple'
  const problem = toProblem(error, ASKED)
  expect(JSON.stringify(toWireError(problem))).not.toContain('correct horse')
  expect(problem.cause).toBeUndefined()
})
