import { createCipheriv } from 'node:crypto'
import type { ByteChannel, ProviderConsole } from '../../providers/provider.ts'
import { consoleProtocol, vncPasswordMissing, vncRefused, vncScreenTooLarge, vncSecurityUnsupported } from './console-errors.ts'
import { ExactReader } from './exact-reader.ts'

/** RFC 6143, 7.1: the Remote Framebuffer protocol up to the first picture. */

const VERSION = /^RFB (\d{3})\.(\d{3})\n$/
const VERSION_3_8 = Buffer.from('RFB 003.008\n')
const NONE = 1
const VNC_PASSWORD = 2
/** Larger than any wall of displays; a canvas of a claimed 65,535 × 65,535 would end the page. */
const MOST_PIXELS = 100_000_000
const LONGEST_TEXT = 4_096

const ascii = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8').trim()

/**
 * Greets a VNC server as its client: takes the version it can, proves who we are, asks to share the screen, and reads what the screen is
 * like. The answer is what a page that knows nothing of passwords talks to: a server of version 3.8 without security.
 *
 * Throws AppError: console.protocol, console.vnc-refused, console.vnc-security, console.vnc-password, console.vnc-too-large.
 */
export async function openRfb({ channel, password }: ProviderConsole): Promise<ByteChannel> {
  const server = new ExactReader(channel)
  const minor = await agreeOnVersion(server, channel)
  await authenticate(server, channel, minor, password)
  // Shared: whoever looks at the screen already stays.
  await channel.write(Uint8Array.of(1))
  const init = await readServerInit(server)
  return new GreetedChannel(channel, server, init)
}

async function agreeOnVersion(server: ExactReader, channel: ByteChannel): Promise<3 | 7 | 8> {
  const greeting = ascii(await server.read(12))
  const found = VERSION.exec(greeting)
  if (!found) throw consoleProtocol('What answers at the display’s address is no VNC server.')
  const [major, minor] = [Number(found[1]), Number(found[2])]
  const agreed = major > 3 || minor >= 8 ? 8 : minor === 7 ? 7 : 3
  await channel.write(Buffer.from(`RFB 003.00${agreed}\n`))
  return agreed
}

async function authenticate(server: ExactReader, channel: ByteChannel, minor: 3 | 7 | 8, password: string | null): Promise<void> {
  const types = minor === 3 ? [await server.readU32()] : [...(await server.read(await server.readU8()))]
  if (types.length === 0 || types[0] === 0) throw vncRefused(await readText(server))
  // A server of 3.3 has chosen by itself.
  const type = types.includes(NONE) ? NONE : types.includes(VNC_PASSWORD) ? VNC_PASSWORD : null
  if (type === null) throw vncSecurityUnsupported(types)
  if (type === VNC_PASSWORD && password === null) throw vncPasswordMissing()
  if (minor !== 3) await channel.write(Uint8Array.of(type))
  if (type === VNC_PASSWORD) await channel.write(answerChallenge(await server.read(16), password ?? ''))
  else if (minor !== 8) return // no result is sent
  const result = await server.readU32()
  if (result !== 0) throw vncRefused(minor === 8 ? await readText(server) : 'the password is wrong')
}

/** DES with the password's bits turned round in each byte; three times the same key is one DES, which OpenSSL 3 no longer has by itself. */
function answerChallenge(challenge: Uint8Array, password: string): Uint8Array {
  const key = Buffer.alloc(8)
  Buffer.from(password, 'latin1').copy(key, 0, 0, 8)
  for (const [index, byte] of key.entries()) key[index] = turned(byte)
  const cipher = createCipheriv('des-ede3-ecb', Buffer.concat([key, key, key]), null)
  cipher.setAutoPadding(false)
  return Buffer.concat([cipher.update(challenge), cipher.final()])
}

function turned(byte: number): number {
  let result = 0
  for (let bit = 0; bit < 8; bit += 1) if (byte & (1 << bit)) result |= 0x80 >> bit
  return result
}

async function readText(server: ExactReader): Promise<string> {
  const length = await server.readU32()
  if (length > LONGEST_TEXT) throw consoleProtocol(`The VNC server announced a reason of ${length} bytes.`)
  return text(await server.read(length))
}

/** The whole message: size, pixel format, name. */
async function readServerInit(server: ExactReader): Promise<Uint8Array> {
  const head = Buffer.from(await server.read(24))
  const [width, height, nameLength] = [head.readUInt16BE(0), head.readUInt16BE(2), head.readUInt32BE(20)]
  if (width * height > MOST_PIXELS) throw vncScreenTooLarge(width, height)
  if (nameLength > LONGEST_TEXT) throw consoleProtocol(`The VNC server announced a name of ${nameLength} bytes.`)
  return Buffer.concat([head, await server.read(nameLength)])
}

/** The server after its greeting, as a page meets it: greets anew, without security, and then hands everything on. */
class GreetedChannel implements ByteChannel {
  readonly #server: ByteChannel
  readonly #reader: ExactReader
  readonly #init: Uint8Array
  #said: Uint8Array[] = [VERSION_3_8]
  #heard: Buffer = Buffer.alloc(0)
  #step: 'version' | 'security' | 'init' | 'through' = 'version'
  #wake: (() => void) | null = null
  #closed = false

  constructor(server: ByteChannel, reader: ExactReader, init: Uint8Array) {
    this.#server = server
    this.#reader = reader
    this.#init = init
  }

  async read(): Promise<Uint8Array | null> {
    for (;;) {
      const said = this.#said.shift()
      if (said) return said
      if (this.#closed) return null
      if (this.#step === 'through') return this.#reader.next()
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#step === 'through') return this.#server.write(bytes)
    this.#heard = Buffer.concat([this.#heard, bytes])
    if (!this.#greet() || this.#heard.length === 0) return
    const rest = this.#heard
    this.#heard = Buffer.alloc(0)
    await this.#server.write(rest)
  }

  close(): void {
    this.#closed = true
    this.#server.close()
    this.#tell()
  }

  /** The client's side of the greeting, as far as it has come. True: it is over. */
  #greet(): boolean {
    if (this.#step === 'version' && this.#heard.length >= 12) {
      if (ascii(this.#take(12)) !== 'RFB 003.008\n') throw consoleProtocol('The page speaks another version of RFB than 3.8.')
      this.#step = 'security'
      this.#tell(Uint8Array.of(1, NONE))
    }
    if (this.#step === 'security' && this.#heard.length >= 1) {
      if (this.#take(1)[0] !== NONE) throw consoleProtocol('The page chose a security type that was not offered.')
      this.#step = 'init'
      this.#tell(Uint8Array.of(0, 0, 0, 0))
    }
    if (this.#step === 'init' && this.#heard.length >= 1) {
      this.#take(1)
      this.#step = 'through'
      this.#tell(this.#init)
      return true
    }
    return false
  }

  #take(count: number): Buffer {
    const taken = this.#heard.subarray(0, count)
    this.#heard = this.#heard.subarray(count)
    return taken
  }

  #tell(...bytes: readonly Uint8Array[]): void {
    this.#said.push(...bytes)
    this.#wake?.()
    this.#wake = null
  }
}
