import { expect, test } from 'vitest'
import { LibvirtError } from '../../libvirt/index.ts'
import { TransportError } from '../../libvirt/transport/index.ts'
import { addressOf, libvirtConfigSchema } from './config.ts'
import { toProblem } from './problems.ts'

const remote = { number: 55, domain: 10, level: 2, str1: 'op %s', str2: 'x', str3: null, int1: 0, int2: 0 }

test('an error of libvirt keeps its number, domain and strings', () => {
  const problem = toProblem(
    new LibvirtError('precondition', 'libvirt.operation-invalid', 'not now', { procedure: 'domainCreate', sent: true, remote }),
  )
  expect(problem).toMatchObject({
    kind: 'precondition',
    code: 'libvirt.operation-invalid',
    message: 'not now',
    remote: { procedure: 'domainCreate', ...remote },
  })
})

test('too old says what was needed and what was found', () => {
  const problem = toProblem(new LibvirtError('unsupported', 'libvirt.too-old', 'old', { expected: '5.0.0 or later', actual: '4.5.0' }))
  expect(problem).toMatchObject({ kind: 'unsupported', details: { expected: '5.0.0 or later', actual: '4.5.0' } })
})

test('a broken transport says more than the connection inside it', () => {
  const cause = new TransportError('ssh.connection-lost', 'The link broke', { details: { host: 'a' } })
  expect(toProblem(new LibvirtError('unreachable', 'libvirt.connection-lost', 'lost', { cause }))).toMatchObject({
    code: 'ssh.connection-lost',
    details: { host: 'a', remedy: 'reconnect' },
  })
  expect(toProblem(new LibvirtError('indeterminate', 'libvirt.connection-lost', 'lost', { cause })).kind).toBe('indeterminate')
})

test('a host key comes as the question it puts, also that of a jump host', () => {
  const known = [{ keyType: 'ssh-ed25519', fingerprintSha256: 'SHA256:old', file: '/k', line: 3 }]
  const details = { host: 'h', port: 22, keyType: 'ssh-ed25519', fingerprintSha256: 'SHA256:new', known }
  const key = {
    host: 'h',
    port: 22,
    keyType: 'ssh-ed25519',
    fingerprint: 'SHA256:new',
    status: 'changed',
    previous: [{ keyType: 'ssh-ed25519', fingerprint: 'SHA256:old', source: '/k:3' }],
  }
  expect(toProblem(new TransportError('ssh.host-key-changed', 'changed', { details })).details['key']).toEqual(key)
  const hop = new TransportError('ssh.jump-failed', 'hop', { kind: 'conflict', details: { ...details, hopCode: 'ssh.host-key-changed' } })
  expect(toProblem(hop)).toMatchObject({ code: 'ssh.host-key-changed', details: { key } })
})

test('details are plain data', () => {
  const details = { big: 5n, buffer: Buffer.from('a'), nothing: undefined, deep: [{ at: new Error('x') }], number: Number.NaN }
  const problem = toProblem(new TransportError('ssh.unreachable', 'no', { details }))
  expect(JSON.parse(JSON.stringify(problem.details))).toEqual(problem.details)
  expect(problem.details).toMatchObject({ big: '5', buffer: 'YQ==', deep: [{ at: 'x' }] })
})

test('an abort is a cancellation, anything else a bug', () => {
  expect(toProblem(new DOMException('stop', 'AbortError')).kind).toBe('cancelled')
  expect(toProblem(new TypeError('oops'))).toMatchObject({ kind: 'bug', message: 'oops' })
})

test('the configuration has defaults, and refuses what makes no sense', () => {
  const config = libvirtConfigSchema.parse({ host: ' kvm-1 ', port: '', user: '' })
  expect(config).toMatchObject({ transport: 'ssh', host: 'kvm-1', uri: 'qemu:///system', useSshConfig: true })
  expect(config.port).toBeUndefined()
  expect(config.user).toBeUndefined()
  for (const bad of [{}, { host: 'a', port: 70_000 }, { host: 'a', uri: 'qemu+ssh://x/system' }, { host: 'a', uri: 'nonsense' }]) {
    expect(libvirtConfigSchema.safeParse(bad).success).toBe(false)
  }
  expect(libvirtConfigSchema.safeParse({ transport: 'unix' }).success).toBe(true)
})

test.each([
  [{ host: 'kvm-1' }, 'kvm-1'],
  [{ host: 'kvm-1', user: 'root', port: 2222 }, 'root@kvm-1:2222'],
  [{ host: 'fe80::1', uri: 'qemu:///session' }, '[fe80::1] qemu:///session'],
  [{ transport: 'tls', host: 'kvm-1' }, 'tls://kvm-1'],
  [{ transport: 'unix' }, 'local'],
])('%o is at %s', (config, address) => {
  expect(addressOf(libvirtConfigSchema.parse(config))).toBe(address)
})
