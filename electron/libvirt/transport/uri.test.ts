import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isTransportError } from './transport-error.ts'
import { parseLibvirtUri } from './uri.ts'

test.each([
  ['qemu:///system', { driver: 'qemu', transport: 'unix', host: undefined, scope: 'system', remoteName: 'qemu:///system' }],
  ['qemu:///session', { scope: 'session', remoteName: 'qemu:///session' }],
  ['qemu+ssh://root@kvm-1/system', { transport: 'ssh', user: 'root', host: 'kvm-1', port: undefined, remoteName: 'qemu:///system' }],
  [
    'qemu+ssh://kvm-1:2222/system?socket=/run/x/sock&keyfile=/k/id',
    { port: 2222, socket: '/run/x/sock', keyFile: '/k/id', remoteName: 'qemu:///system' },
  ],
  ['qemu+libssh2://a%40b@[fe80::1]:22/system', { transport: 'ssh', user: 'a@b', host: 'fe80::1', port: 22 }],
  ['qemu://kvm-1/system', { transport: 'tls', host: 'kvm-1' }],
  ['qemu+tls://kvm-1/system?no_verify=1&pkipath=/pki', { transport: 'tls', noVerify: true, pkiPath: '/pki' }],
  ['test:///default', { driver: 'test', transport: 'unix', path: '/default', remoteName: 'test:///default' }],
  ['test+unix:///abs/path.xml?socket=/s', { driver: 'test', transport: 'unix', socket: '/s', remoteName: 'test:///abs/path.xml' }],
  ['esx://h/?no_verify=1&transport=http', { remoteName: 'esx:///?transport=http' }],
  ['qemu+ssh://h/system?name=test%3A%2F%2F%2Fdefault', { remoteName: 'test:///default' }],
  ['QEMU+SSH://Host/system?sshauth=agent', { driver: 'qemu', host: 'Host', ignoredOptions: ['sshauth'] }],
])('%s', (text, expected) => {
  expect(parseLibvirtUri(text)).toMatchObject(expected)
})

test.each([
  '',
  'qemu',
  'qemu:/system',
  'qemu+ssh:///system',
  'qemu+carrier-pigeon://h/system',
  'qemu+ssh://h:99999/system',
  'qemu+ssh://a:b:c/',
  'qemu+ssh://%zz/system',
])('%s is refused', (text) => {
  expect(() => parseLibvirtUri(text)).toThrow(expect.objectContaining({ code: 'uri.invalid', kind: 'invalid-input' }))
})

test('any text is either understood or refused in our own words', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.webUrl(),
        fc.string(),
        fc.string().map((text) => `qemu+ssh://${text}`),
      ),
      (text) => {
        expect(outcome(text)).toMatch(/^(?:understood|refused)$/)
      },
    ),
  )
})

function outcome(text: string): string {
  try {
    parseLibvirtUri(text)
    return 'understood'
  } catch (error) {
    return isTransportError(error) ? 'refused' : String(error)
  }
}
