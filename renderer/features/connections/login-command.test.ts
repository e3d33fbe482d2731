import { expect, test } from 'vitest'
import { loginCommand } from './login-command.ts'

const refused = { kind: 'unauthenticated', code: 'cloud.credentials-refused' } as const
const expired = { kind: 'unauthenticated', code: 'cloud.credentials-expired' } as const

test('a login of the cloud’s own tool is mended by that tool', () => {
  expect(loginCommand('azure', { login: 'cli', tenantId: 'contoso.example' }, refused)).toBe('az login --tenant contoso.example')
  expect(loginCommand('azure', { login: 'cli' }, expired)).toBe('az login')
  expect(loginCommand('gcp', { login: 'adc' }, refused)).toBe('gcloud auth application-default login')
  expect(loginCommand('aws', { login: 'profile', profile: 'prod' }, expired)).toBe('aws sso login --profile prod')
})

test('keys and secrets are not, nor what has other reasons', () => {
  expect(loginCommand('azure', { login: 'secret' }, refused)).toBeNull()
  expect(loginCommand('aws', { login: 'keys' }, expired)).toBeNull()
  expect(loginCommand('aws', { login: 'profile', profile: 'prod' }, refused)).toBeNull()
  expect(loginCommand('azure', { login: 'cli' }, { kind: 'unauthenticated', code: 'cloud.clock-skew' })).toBeNull()
  expect(loginCommand('gcp', { login: 'adc' }, { kind: 'unreachable', code: 'cloud.unreachable' })).toBeNull()
})

test('a name that a shell would read is quoted', () => {
  expect(loginCommand('aws', { login: 'profile', profile: "it's; rm x" }, expired)).toBe(
    String.raw`aws sso login --profile 'it'\''s; rm x'`,
  )
})
