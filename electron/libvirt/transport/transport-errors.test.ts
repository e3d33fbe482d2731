import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { abortable, Deadline } from './deadline.ts'
import { judgeSockets, parseProbe, type RemoteProbe, type RemoteSocket, shellQuote } from './ssh/remote-probe.ts'
import { mapChannelError, mapSshError } from './ssh/ssh-errors.ts'
import { dialError } from './ssh/tcp.ts'
import { mapTlsError } from './tls.ts'
import { isTransportError, TRANSPORT_ERROR_CODES, TransportError } from './transport-error.ts'

const withFields = (fields: Record<string, unknown>) => Object.assign(new Error('some text'), fields)
const target = { host: 'kvm-1', user: 'root' }

describe('the table of codes', () => {
  test('every code is dotted and has a remedy', () => {
    for (const [code, { remedy, remedyText }] of Object.entries(TRANSPORT_ERROR_CODES)) {
      expect(code).toMatch(/^[a-z]+\.[a-z-]+$/)
      expect(remedy).toMatch(/^[a-z-]+$/)
      expect(remedyText.length).toBeGreaterThan(10)
    }
  })

  test('an error carries kind and remedy of its code, and is known by its brand', () => {
    const error = new TransportError('ssh.auth-failed', 'no', { details: { user: 'root' } })
    expect(error).toMatchObject({ kind: 'unauthenticated', remedy: 'check-credentials', details: { user: 'root' } })
    expect(isTransportError(error)).toBe(true)
    expect(isTransportError(new Error('ssh.auth-failed'))).toBe(false)
  })
})

describe('mapping by code, level and phase', () => {
  test.each([
    [{ code: 'ECONNREFUSED' }, 'ssh.refused'],
    [{ code: 'ENOTFOUND' }, 'ssh.dns-failed'],
    [{ code: 'EAI_AGAIN' }, 'ssh.dns-failed'],
    [{ code: 'EHOSTUNREACH' }, 'ssh.unreachable'],
    [{ code: 'ENETUNREACH' }, 'ssh.unreachable'],
  ])('dialling: %o', (fields, code) => {
    expect(dialError('kvm-1', 22, withFields(fields)).code).toBe(code)
  })

  test('dialling many addresses', () => {
    expect(dialError('kvm-1', 22, new AggregateError([withFields({ code: 'ECONNREFUSED' })])).code).toBe('ssh.refused')
  })

  test.each([
    ['handshake', { level: 'protocol' }, undefined, 'ssh.handshake-lost'],
    ['handshake', { level: 'protocol' }, 'HTTP/1.1 400', 'ssh.not-ssh'],
    ['handshake', { level: 'handshake' }, 'SSH-2.0-x', 'ssh.handshake-failed'],
    ['handshake', { level: 'client-socket', code: 'ECONNRESET' }, 'SSH-2.0-x', 'ssh.handshake-lost'],
    ['handshake', { code: 2 }, 'banner\nSSH-2.0-x', 'ssh.handshake-lost'],
    ['login', { code: 2 }, 'SSH-2.0-x', 'ssh.too-many-keys'],
    ['login', { code: 14 }, 'SSH-2.0-x', 'ssh.too-many-keys'],
    ['login', { level: 'client-socket', code: 'ECONNRESET' }, 'SSH-2.0-x', 'ssh.connection-lost'],
    ['ready', { level: 'client-timeout' }, undefined, 'ssh.connection-lost'],
  ] as const)('ssh in %s: %o after %s', (phase, fields, greeting, code) => {
    expect(mapSshError(withFields(fields), { target, phase, greeting }).code).toBe(code)
  })

  test.each([
    [{ reason: 1 }, 'ssh.channel-refused'],
    [{ reason: 2 }, 'ssh.connect-failed'],
    [{}, 'ssh.channel-refused'],
  ])('channels: %o', (fields, code) => {
    expect(mapChannelError(withFields(fields), 'x').code).toBe(code)
  })

  test.each([
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls.server-name-mismatch'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls.server-certificate-untrusted'],
    ['CERT_HAS_EXPIRED', 'tls.server-certificate-untrusted'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls.not-tls'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'tls.client-certificate-refused'],
    ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'tls.handshake-failed'],
  ])('tls: %s', (code, expected) => {
    expect(mapTlsError(withFields({ code }), 'h', 'h').code).toBe(expected)
  })
})

describe('what the probe of a host says', () => {
  const socket = (fields: Partial<RemoteSocket>): RemoteSocket => ({
    path: '/run/libvirt/libvirt-sock',
    state: 'missing',
    listening: undefined,
    mode: '',
    owner: '',
    group: '',
    ...fields,
  })
  const probe = (fields: Partial<RemoteProbe>): RemoteProbe => ({
    user: 'ada',
    groups: ['ada'],
    runtimeFolder: '/run/user/1',
    hasHelper: true,
    hasNc: true,
    libvirtInstalled: true,
    virtqemudInstalled: false,
    sockets: [],
    ...fields,
  })

  test('its output is read back; a shell that prints a greeting is no obstacle', () => {
    const text =
      'Welcome!\nnovacron-probe 1\nuser ada\ngroups ada wheel\nruntime /run/user/1\nhelper yes\nnc no\ninstalled yes\nsocket forbidden yes 770 root libvirt /run/a b\nsocket missing unknown - - - /x\nend\n'
    expect(parseProbe(text)).toEqual(
      probe({
        groups: ['ada', 'wheel'],
        hasNc: false,
        sockets: [
          socket({ path: '/run/a b', state: 'forbidden', listening: true, mode: '770', owner: 'root', group: 'libvirt' }),
          socket({ path: '/x' }),
        ],
      }),
    )
  })

  test('output that ends early is none', () => {
    expect(parseProbe('novacron-probe 1\nuser ada\n')).toBeUndefined()
    expect(parseProbe('This account is currently not available.\n')).toBeUndefined()
  })

  test.each([
    [probe({ libvirtInstalled: false, sockets: [socket({})] }), 'libvirt.not-installed'],
    [probe({ sockets: [socket({})] }), 'libvirt.socket-missing'],
    [probe({ sockets: [socket({}), socket({ state: 'forbidden', group: 'libvirt' })] }), 'libvirt.socket-permission'],
    [probe({ sockets: [socket({ state: 'ok', listening: false })] }), 'libvirt.socket-refused'],
  ])('judged %#', (facts, code) => {
    expect(judgeSockets(facts, 'kvm-1')).toMatchObject({ code })
  })

  test('a usable socket is chosen, before one that nobody listens on', () => {
    const live = socket({ path: '/live', state: 'ok', listening: true })
    expect(judgeSockets(probe({ sockets: [socket({ state: 'ok', listening: false }), live] }), 'kvm-1')).toBe(live)
  })

  test('words for the shell', () => {
    expect(shellQuote("it's $HOME")).toBe(`'it'\\''s $HOME'`)
  })
})

describe('deadlines', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('a caller that gives up wins over the clock', async () => {
    const controller = new AbortController()
    const deadline = new Deadline({ signal: controller.signal, timeoutMs: 60_000, timeoutCode: 'ssh.timeout', subject: 'waiting' })
    const waiting = abortable(new Promise(() => undefined), deadline.signal)
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'transport.cancelled' })
    expect(() => deadline.check()).toThrow(expect.objectContaining({ code: 'transport.cancelled' }))
    deadline.dispose()
  })

  test('the clock stands still while a person is asked', async () => {
    const deadline = new Deadline({ timeoutMs: 20, timeoutCode: 'ssh.timeout', subject: 'waiting' })
    const held = deadline.hold(() => new Promise((resolve) => setTimeout(resolve, 60_000)))
    await vi.advanceTimersByTimeAsync(60_000)
    await held
    await vi.advanceTimersByTimeAsync(19)
    expect(deadline.signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(deadline.signal.reason).toMatchObject({ code: 'ssh.timeout', details: { timeoutMs: 20 } })
    deadline.dispose()
  })
})
