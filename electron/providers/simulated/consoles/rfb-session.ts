import type { Clock } from '../../provider.ts'
import { ENCODING } from './encodings.ts'
import { Keyboard } from './keysyms.ts'
import { colourMap, DEFAULT_FORMAT, FORMAT_BYTES, type PixelFormat, readFormat, writeFormat } from './pixels.ts'
import { CHALLENGE_BYTES, isProof } from './vnc-password.ts'

/** What a client asked to see, in pixels. */
export interface UpdateRequest {
  /** False: all of it, whatever it has seen. */
  readonly incremental: boolean
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface RfbSessionOptions {
  readonly name: string
  /** Null: no security. */
  readonly password: string | null
  /** What the greeting claims. */
  readonly size: { readonly width: number; readonly height: number }
  readonly clock: Clock
  readonly send: (bytes: Uint8Array) => void
  /** The client is past the greeting. */
  readonly onReady: () => void
  readonly onRequest: (request: UpdateRequest) => void
  /** The client asks for a screen of this size. */
  readonly onSize: (size: { readonly width: number; readonly height: number }) => void
  readonly onKeys: (text: string) => void
  readonly onRestart: () => void
  /** The client broke the protocol, or did not prove itself: everything that is to be said has been said. */
  readonly onRefused: () => void
}

const VERSION = 'RFB 003.008\n'
const SECURITY_NONE = 1
const SECURITY_PASSWORD = 2
const LONGEST_CUT_TEXT = 1_048_576

/** RFC 6143 from the server's side, version 3.8: the greeting and what a client says. What it is shown is somebody else's. */
export class RfbSession {
  readonly #options: RfbSessionOptions
  readonly #keyboard = new Keyboard()
  readonly #talk: Generator<number, void, Buffer>
  #heard: Buffer = Buffer.alloc(0)
  /** How many bytes the talk goes on with; null: it is over. */
  #needs: number | null
  format: PixelFormat = DEFAULT_FORMAT
  #encodings: readonly number[] = []

  constructor(options: RfbSessionOptions) {
    this.#options = options
    this.#talk = this.#converse()
    this.#needs = this.#talk.next().value ?? null
  }

  /** The best of those the client takes: it names what it likes best first. */
  get encoding(): 'raw' | 'tight' {
    const first = this.#encodings.find((each) => each === ENCODING.raw || each === ENCODING.tight)
    // pixels of one byte have no palette in Tight
    return first === ENCODING.tight && this.format.bitsPerPixel !== 8 ? 'tight' : 'raw'
  }

  takes(encoding: 'copyRect' | 'desktopSize' | 'extendedDesktopSize'): boolean {
    return this.#encodings.includes(ENCODING[encoding])
  }

  hear(bytes: Uint8Array): void {
    this.#heard = Buffer.concat([this.#heard, bytes])
    while (this.#needs !== null && this.#heard.length >= this.#needs) {
      const taken = this.#heard.subarray(0, this.#needs)
      this.#heard = this.#heard.subarray(this.#needs)
      this.#needs = this.#talk.next(taken).value ?? null
    }
    if (this.#needs === null) this.#heard = Buffer.alloc(0)
  }

  /** Each yield asks for so many bytes. */
  *#converse(): Generator<number, void, Buffer> {
    const isGreeted = yield* this.#greet()
    if (!isGreeted) {
      this.#options.onRefused()
      return
    }
    this.#options.onReady()
    for (;;) {
      const type = (yield 1).readUInt8()
      const isKnown = yield* this.#message(type)
      if (isKnown) continue
      this.#options.onRefused()
      return
    }
  }

  *#greet(): Generator<number, boolean, Buffer> {
    const { send, password, size, name } = this.#options
    send(Buffer.from(VERSION))
    const version = (yield VERSION.length).toString('latin1')
    if (version !== VERSION) {
      send(Buffer.concat([Uint8Array.of(0), reason('Only version 3.8 is spoken here')]))
      return false
    }
    const security = password === null ? SECURITY_NONE : SECURITY_PASSWORD
    send(Uint8Array.of(1, security))
    const chosen = (yield 1).readUInt8()
    const isProven = chosen === security && (password === null || (yield* this.#challenge(password)))
    if (!isProven) {
      send(Buffer.concat([Uint8Array.of(0, 0, 0, 1), reason('Authentication failed')]))
      return false
    }
    send(Uint8Array.of(0, 0, 0, 0))
    yield 1 // alone or not: whoever looks already stays
    const title = Buffer.from(name)
    const init = Buffer.alloc(8)
    init.writeUInt16BE(size.width, 0)
    init.writeUInt16BE(size.height, 2)
    init.writeUInt32BE(title.length, 4)
    send(Buffer.concat([init.subarray(0, 4), writeFormat(DEFAULT_FORMAT), init.subarray(4), title]))
    return true
  }

  *#challenge(password: string): Generator<number, boolean, Buffer> {
    const challenge = Uint8Array.from({ length: CHALLENGE_BYTES }, () => Math.floor(this.#options.clock.random() * 256))
    this.#options.send(challenge)
    return isProof(yield CHALLENGE_BYTES, challenge, password)
  }

  /** False: no message of a client, or one that is not taken. */
  *#message(type: number): Generator<number, boolean, Buffer> {
    const { onRequest, send } = this.#options
    switch (type) {
      case 0: {
        const format = readFormat((yield 3 + FORMAT_BYTES).subarray(3))
        if (!format) return false
        this.format = format
        if (!format.trueColour) send(colourMap())
        return true
      }
      case 2: {
        const count = (yield 3).readUInt16BE(1)
        const encodings = yield count * 4
        this.#encodings = Array.from({ length: count }, (_, index) => encodings.readInt32BE(index * 4))
        return true
      }
      case 3: {
        const body = yield 9
        const [x, y, width, height] = [body.readUInt16BE(1), body.readUInt16BE(3), body.readUInt16BE(5), body.readUInt16BE(7)]
        onRequest({ incremental: body.readUInt8(0) !== 0, x, y, width, height })
        return true
      }
      case 4: {
        const body = yield 7
        this.#key(body.readUInt32BE(3), body.readUInt8(0) !== 0)
        return true
      }
      case 5: // a text console has no use for the pointer
        yield 5
        return true
      case 6: {
        const length = (yield 7).readUInt32BE(3)
        if (length > LONGEST_CUT_TEXT) return false
        yield length // nor for the clipboard
        return true
      }
      case 251: {
        // SetDesktopSize: the sizes of its screens are left out, there is one
        const body = yield 7
        yield body.readUInt8(5) * 16
        this.#options.onSize({ width: body.readUInt16BE(1), height: body.readUInt16BE(3) })
        return true
      }
      default:
        return false
    }
  }

  #key(keysym: number, isDown: boolean): void {
    const text = this.#keyboard.press(keysym, isDown)
    if (text === null) this.#options.onRestart()
    else if (text !== '') this.#options.onKeys(text)
  }
}

function reason(text: string): Buffer {
  const bytes = Buffer.alloc(4 + text.length)
  bytes.writeUInt32BE(text.length)
  bytes.write(text, 4, 'latin1')
  return bytes
}
