import { expect, test } from 'vitest'
import { WireError } from '../wire/wire-error.ts'
import {
  FRAME_MAX_BYTES,
  type Frame,
  FrameReader,
  frameWriter,
  HEADER_BYTES,
  headerOnly,
  MESSAGE,
  REMOTE_PROGRAM,
  REPLY,
  sealFrame,
} from './frame.ts'

const HEADER = { program: REMOTE_PROGRAM, procedure: 3, type: REPLY, serial: 9, status: 0 }

function collect(chunks: readonly Buffer[]): Frame[] {
  const reader = new FrameReader()
  const frames: Frame[] = []
  for (const chunk of chunks) {
    reader.push(chunk, (frame) => {
      frames.push(frame)
      return true
    })
  }
  return frames
}

function message(payload: string): Buffer {
  return Buffer.concat([headerOnly(HEADER, payload.length), Buffer.from(payload)])
}

test('messages are cut at their length, however the bytes arrive', () => {
  const bytes = Buffer.concat([message('one!'), message(''), message('three and more')])
  for (const size of [1, 3, 4, 7, 28, 31, bytes.length]) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
    const frames = collect(chunks)
    expect(frames.map((frame) => frame.payload.toString())).toEqual(['one!', '', 'three and more'])
    expect(frames[0]).toMatchObject(HEADER)
  }
})

test.each([0, 1, 27, FRAME_MAX_BYTES + 1, 0xffff_ffff])('a length of %i is refused when its four bytes are there', (length) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(length)
  expect(() => collect([bytes])).toThrow(WireError)
})

test('the largest length is gathered, not refused', () => {
  const bytes = Buffer.alloc(HEADER_BYTES)
  bytes.writeUInt32BE(FRAME_MAX_BYTES)
  expect(collect([bytes])).toEqual([])
})

test.each([
  ['program', 4, 0x1234_5678],
  ['version', 8, 2],
  ['type', 16, 7],
  ['status', 24, 3],
])('an unknown %s is refused', (_, offset, value) => {
  const bytes = message('')
  bytes.writeUInt32BE(value, offset)
  expect(() => collect([bytes])).toThrow(expect.objectContaining({ fault: 'union' }))
})

test('nothing is delivered after the receiver said stop', () => {
  const reader = new FrameReader()
  let count = 0
  reader.push(Buffer.concat([message('a'), message('b')]), () => {
    count++
    return false
  })
  expect(count).toBe(1)
})

test('a message above the limit is not sent', () => {
  const writer = frameWriter()
  writer.raw(new Uint8Array(FRAME_MAX_BYTES))
  expect(() => sealFrame(writer, { ...HEADER, type: MESSAGE })).toThrow(expect.objectContaining({ fault: 'bound' }))
})
