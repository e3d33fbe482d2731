import { expect, test } from 'vitest'
import { ERROR_TABLE } from './error-table.ts'
import { errorFromRemote, isLibvirtError, LibvirtError } from './errors.ts'
import { fakeRemoteError } from './testing/fake-daemon.ts'
import * as constants from './wire/generated/constants.ts'

const byName: Readonly<Record<string, unknown>> = { ...constants }
const numbers = Object.entries(constants).filter(([name]) => name.startsWith('VIR_ERR_'))

test('every virErrorNumber has a kind and a code of its own', () => {
  const missing = numbers.filter(([, number]) => ERROR_TABLE[Number(number)] === undefined)
  expect(missing).toEqual([])
  const codes = Object.values(ERROR_TABLE).map(([, code]) => code)
  expect(new Set(codes).size).toBe(codes.length)
  expect(codes.every((code) => /^[a-z]+(-[a-z]+)*$/.test(code))).toBe(true)
})

test.each([
  ['VIR_ERR_NO_DOMAIN', 'not-found', 'libvirt.domain-not-found'],
  ['VIR_ERR_NO_STORAGE_VOL', 'not-found', 'libvirt.storage-volume-not-found'],
  ['VIR_ERR_OPERATION_INVALID', 'precondition', 'libvirt.operation-invalid'],
  ['VIR_ERR_AUTH_FAILED', 'unauthenticated', 'libvirt.authentication-failed'],
  ['VIR_ERR_ACCESS_DENIED', 'forbidden', 'libvirt.access-denied'],
  ['VIR_ERR_OPERATION_TIMEOUT', 'timeout', 'libvirt.operation-timeout'],
  ['VIR_ERR_AGENT_UNRESPONSIVE', 'precondition', 'libvirt.agent-unresponsive'],
  ['VIR_ERR_XML_ERROR', 'invalid-input', 'libvirt.xml-error'],
  ['VIR_ERR_OPERATION_UNSUPPORTED', 'unsupported', 'libvirt.operation-unsupported'],
  ['VIR_ERR_RESOURCE_BUSY', 'conflict', 'libvirt.resource-busy'],
] as const)('%s is %s', (name, kind, code) => {
  expect(errorFromRemote(fakeRemoteError(Number(byName[name]), 'text'), 'domainCreate')).toMatchObject({ kind, code, message: 'text' })
})

test('a number of a newer daemon is a failure on its side', () => {
  expect(errorFromRemote(fakeRemoteError(9_999, 'new'), undefined)).toMatchObject({ kind: 'remote-failure', code: 'libvirt.unknown-error' })
})

test('an error is told by its brand', () => {
  expect(isLibvirtError(new LibvirtError('bug', 'libvirt.x', 'x'))).toBe(true)
  expect(isLibvirtError(new Error('x'))).toBe(false)
  expect(isLibvirtError(undefined)).toBe(false)
})
