import { expect, test } from 'vitest'
import { keyNote, projectOf } from './key-note.ts'

const KEY = { type: 'service_account', client_email: 'nova@lab.iam.example', project_id: 'lab', private_key: 'not a real one' }

test('a key file says whose it is, and nothing secret', () => {
  const note = keyNote('gcp', 'key', JSON.stringify(KEY))
  expect(note).toEqual({ key: 'key-note.service-account', params: { email: 'nova@lab.iam.example', project: 'lab' }, wrong: false })
  expect(projectOf(JSON.stringify(KEY))).toBe('lab')
})

test.each([
  ['half of a file', JSON.stringify(KEY).slice(0, 30), 'key-note.no-json'],
  ['the file of another login', JSON.stringify({ type: 'authorized_user' }), 'key-note.other-type'],
  ['a key without its secret', JSON.stringify({ ...KEY, private_key: undefined }), 'key-note.half-key'],
])('%s is told of at once', (_what, text, key) => {
  expect(keyNote('gcp', 'key', text)).toMatchObject({ key, wrong: true })
  expect(keyNote('gcp', 'key', ' ')).toBeNull()
})

test('a certificate needs its private key beside it', () => {
  const certificate = '-----BEGIN CERTIFICATE-----\n…\n'
  expect(keyNote('azure', 'certificate', 'a picture')?.key).toBe('key-note.no-certificate')
  expect(keyNote('azure', 'certificate', certificate)?.key).toBe('key-note.no-private-key')
  expect(keyNote('azure', 'certificate', `${certificate}-----BEGIN ENCRYPTED PRIVATE KEY-----`)).toBeNull()
  expect(keyNote('azure', 'clientSecret', 'anything')).toBeNull()
})
