import { WireError } from '../wire/wire-error.ts'
import { XdrReader } from '../wire/xdr-reader.ts'
import { XdrWriter } from '../wire/xdr-writer.ts'

/** Length word and header. */
export const HEADER_BYTES = 28
/** VIR_NET_MESSAGE_MAX: the largest message, its length word included. */
export const FRAME_MAX_BYTES = 33_554_432
/** The largest payload of a stream packet that every daemon takes (VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX). */
export const STREAM_CHUNK_BYTES = 262_120

export const REMOTE_PROGRAM = 0x2000_8086
export const QEMU_PROGRAM = 0x2000_8087
export const LXC_PROGRAM = 0x2000_8088
export const KEEPALIVE_PROGRAM = 0x6b65_6570
const PROGRAMS: ReadonlySet<number> = new Set([REMOTE_PROGRAM, QEMU_PROGRAM, LXC_PROGRAM, KEEPALIVE_PROGRAM])
/** All of them are at version 1. */
export const PROGRAM_VERSION = 1

/** virNetMessageType. */
export const CALL = 0
export const REPLY = 1
export const MESSAGE = 2
export const STREAM = 3
export const CALL_WITH_FDS = 4
export const REPLY_WITH_FDS = 5
export const STREAM_HOLE = 6

/** virNetMessageStatus. */
export const STATUS_OK = 0
export const STATUS_ERROR = 1
export const STATUS_CONTINUE = 2

/** virNetMessageHeader. */
export interface Header {
  readonly program: number
  readonly procedure: number
  readonly type: number
  readonly serial: number
  readonly status: number
}

/** A message that came. `payload` shares memory with what the transport delivered. */
export interface Frame extends Header {
  readonly payload: Buffer
}

/** Where a message is written: the payload goes behind the header's space, then {@link sealFrame} fills the header in. */
export function frameWriter(capacity?: number): XdrWriter {
  return new XdrWriter(HEADER_BYTES, capacity)
}

/** Fills the header of a message made with {@link frameWriter}. Throws WireError `bound` when it is too large to send. */
export function sealFrame(writer: XdrWriter, header: Header): Buffer {
  const frame = writer.finish()
  if (frame.length > FRAME_MAX_BYTES) throw new WireError('bound', `message of ${frame.length} bytes, limit ${FRAME_MAX_BYTES}`)
  writeHeader(frame, frame.length, header)
  return frame
}

/** A message's first 28 bytes alone, for a payload that is sent behind it without being copied. */
export function headerOnly(header: Header, payloadBytes: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES)
  writeHeader(bytes, HEADER_BYTES + payloadBytes, header)
  return bytes
}

function writeHeader(bytes: Buffer, length: number, header: Header): void {
  bytes.writeUInt32BE(length, 0)
  bytes.writeUInt32BE(header.program, 4)
  bytes.writeUInt32BE(PROGRAM_VERSION, 8)
  bytes.writeInt32BE(header.procedure, 12)
  bytes.writeUInt32BE(header.type, 16)
  bytes.writeUInt32BE(header.serial, 20)
  bytes.writeUInt32BE(header.status, 24)
}

/**
 * Cuts what a transport delivers into messages. A length under 28 bytes or above 32 MiB, an unknown program, version, type or status is
 * refused with WireError as soon as its bytes are there and before the message is gathered; nothing may be read after that.
 */
export class FrameReader {
  #chunks: Buffer[] = []
  #buffered = 0
  #needed = 4

  /** Takes a chunk and calls `deliver` for every message that is complete, until it returns false. */
  push(chunk: Buffer, deliver: (frame: Frame) => boolean): void {
    this.#chunks.push(chunk)
    this.#buffered += chunk.length
    while (this.#buffered >= this.#needed) {
      const bytes = this.#joined()
      const length = frameLength(bytes)
      if (bytes.length < length) {
        this.#needed = length
        return
      }
      this.#chunks = bytes.length > length ? [bytes.subarray(length)] : []
      this.#buffered = bytes.length - length
      this.#needed = 4
      if (!deliver(parseFrame(bytes.subarray(0, length)))) return
    }
  }

  /** Bytes of a message that is not complete yet. */
  get pendingBytes(): number {
    return this.#buffered
  }

  #joined(): Buffer {
    const [first] = this.#chunks
    if (first !== undefined && this.#chunks.length === 1) return first
    const bytes = Buffer.concat(this.#chunks, this.#buffered)
    this.#chunks = [bytes]
    return bytes
  }
}

function frameLength(bytes: Buffer): number {
  const length = bytes.readUInt32BE(0)
  if (length < HEADER_BYTES || length > FRAME_MAX_BYTES) {
    throw new WireError('bound', `message length ${length} is outside ${HEADER_BYTES}…${FRAME_MAX_BYTES}`)
  }
  return length
}

function parseFrame(bytes: Buffer): Frame {
  const program = bytes.readUInt32BE(4)
  const version = bytes.readUInt32BE(8)
  const type = bytes.readUInt32BE(16)
  const status = bytes.readUInt32BE(24)
  if (!PROGRAMS.has(program)) throw new WireError('union', `unknown program 0x${program.toString(16)}`)
  if (version !== PROGRAM_VERSION) throw new WireError('union', `version ${version} of program 0x${program.toString(16)}`)
  if (type > STREAM_HOLE) throw new WireError('union', `unknown message type ${type}`)
  if (status > STATUS_CONTINUE) throw new WireError('union', `unknown message status ${status}`)
  return { program, procedure: bytes.readInt32BE(12), type, serial: bytes.readUInt32BE(20), status, payload: bytes.subarray(HEADER_BYTES) }
}

/** Reads a payload. */
export function payloadReader(frame: Frame): XdrReader {
  return new XdrReader(frame.payload)
}
