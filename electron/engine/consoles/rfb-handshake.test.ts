import { expect, test } from 'vitest'
import { isAppError } from '../../../shared/errors/index.ts'
import type { ByteChannel } from '../../providers/provider.ts'
import { channelPair, type MemoryChannel } from '../testing/channel-pair.ts'
import { openRfb } from './rfb-handshake.ts'

const bytes = (...parts: ReadonlyArray<string | readonly number[] | Buffer>): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Uint8Array.from(part))))

/** 2 × 1 pixels, 32 bits, named "vm". */
const FORMAT = [32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]
const INIT = bytes([0, 2, 0, 1], FORMAT, [0, 0, 0, 2], 'vm')

interface Talk {
  readonly server: MemoryChannel
  readonly opened: Promise<ByteChannel>
}

function talk(password: string | null = null): Talk {
  const [channel, server] = channelPair()
  const opened = openRfb({ channel, password })
  opened.catch(() => {})
  return { server, opened }
}

const codeOf = (opened: Promise<unknown>): Promise<string> =>
  opened.then(
    () => 'opened',
    (thrown: unknown) => (isAppError(thrown) ? thrown.code : String(thrown)),
  )

async function greetPage(channel: ByteChannel): Promise<string[]> {
  const said: string[] = []
  const next = async () => said.push(Buffer.from((await channel.read()) ?? []).toString('hex'))
  await next()
  await channel.write(bytes('RFB 003.008\n'))
  await next()
  await channel.write(bytes([1]))
  await next()
  await channel.write(bytes([0])) // asks to be alone; is not
  await next()
  return said
}

test('a server without security: the page is greeted as by 3.8, and everything after that goes through', async () => {
  const { server, opened } = talk()
  await server.write(bytes('RFB 003.008\n', [1, 1]))
  expect((await server.exactly(13)).toString('latin1')).toBe('RFB 003.008\n\u0001')
  await server.write(bytes([0, 0, 0, 0]))
  expect([...(await server.exactly(1))]).toEqual([1]) // shared
  await server.write(INIT)
  const channel = await opened
  expect(await greetPage(channel)).toEqual([bytes('RFB 003.008\n').toString('hex'), '0101', '00000000', INIT.toString('hex')])
  await channel.write(bytes([3, 0]))
  expect([...(await server.exactly(2))]).toEqual([3, 0])
  await server.write(bytes('picture'))
  expect(Buffer.from((await channel.read()) ?? []).toString()).toBe('picture')
  channel.close()
  expect(await channel.read()).toBeNull()
  expect(server.closed || (await server.read()) === null).toBe(true)
})

test('what the page says ahead of time is not lost', async () => {
  const { server, opened } = talk()
  await server.write(bytes('RFB 003.008\n', [1, 1], [0, 0, 0, 0], INIT, 'more'))
  const channel = await opened
  await server.exactly(14)
  await channel.write(bytes('RFB 003.008\n', [1], [1], [3, 1]))
  expect([...(await server.exactly(2))]).toEqual([3, 1])
  const said: Buffer[] = []
  for (let n = 0; n < 5; n += 1) said.push(Buffer.from((await channel.read()) ?? []))
  expect(said.at(-1)?.toString()).toBe('more')
})

test('the password is proven by DES, and never told to the page', async () => {
  const { server, opened } = talk('sesame')
  await server.write(bytes('RFB 003.008\n', [1, 2]))
  await server.exactly(13)
  const challenge = Buffer.from('00112233445566778899aabbccddeeff', 'hex')
  await server.write(challenge)
  // computed with another implementation of DES (OpenSSL's legacy provider), the bits of each key byte turned round
  expect((await server.exactly(16)).toString('hex')).toBe('d90ab5c75e35c50204f6653a2e0bb01b')
  await server.write(bytes([0, 0, 0, 0]))
  await server.exactly(1)
  await server.write(INIT)
  expect((await greetPage(await opened))[1]).toBe('0101')
})

test('servers of 3.3 and 3.7 are spoken to in their way', async () => {
  const old = talk()
  await old.server.write(bytes('RFB 003.003\n', [0, 0, 0, 1]))
  expect((await old.server.exactly(13)).toString('latin1')).toBe('RFB 003.003\n\u0001')
  await old.server.write(INIT)
  expect(await codeOf(old.opened)).toBe('opened')
  const seven = talk()
  await seven.server.write(bytes('RFB 003.007\n', [2, 1, 2]))
  expect((await seven.server.exactly(14)).toString('latin1')).toBe('RFB 003.007\n\u0001\u0001')
  await seven.server.write(INIT)
  expect(await codeOf(seven.opened)).toBe('opened')
})

test.each<readonly [string, Buffer, string]>([
  ['rubbish', bytes('HTTP/1.1 400 Bad'), 'console.protocol'],
  ['an end in the middle', bytes('RFB 003'), 'console.protocol'],
  ['a refusal with its reason', bytes('RFB 003.008\n', [0], [0, 0, 0, 4], 'full'), 'console.vnc-refused'],
  ['a reason of gigabytes', bytes('RFB 003.008\n', [0], [255, 255, 255, 255]), 'console.protocol'],
  ['TLS only', bytes('RFB 003.008\n', [2, 18, 19]), 'console.vnc-security'],
  ['a password that nobody knows', bytes('RFB 003.008\n', [1, 2]), 'console.vnc-password'],
  [
    'a screen of 65,535 pixels',
    bytes('RFB 003.008\n', [1, 1], [0, 0, 0, 0], [255, 255, 255, 255], FORMAT, [0, 0, 0, 0]),
    'console.vnc-too-large',
  ],
  ['a name of gigabytes', bytes('RFB 003.008\n', [1, 1], [0, 0, 0, 0], [0, 9, 0, 9], FORMAT, [99, 0, 0, 0]), 'console.protocol'],
])('%s is told apart', async (_what, said, code) => {
  const { server, opened } = talk()
  await server.write(said)
  server.close()
  expect(await codeOf(opened)).toBe(code)
})

test('a page that speaks otherwise is refused', async () => {
  const { server, opened } = talk()
  await server.write(bytes('RFB 003.008\n', [1, 1], [0, 0, 0, 0], INIT))
  const channel = await opened
  await expect(channel.write(bytes('RFB 009.009\n'))).rejects.toMatchObject({ code: 'console.protocol' })
})
