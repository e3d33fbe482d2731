import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type Frame, FrameReader, frameWriter, sealFrame } from './rpc/frame.ts'
import { fromPlain, type GoldenFrame, toPlain } from './testing/golden.ts'
import { codecOf } from './wire/codec.ts'
import { XdrReader } from './wire/xdr-reader.ts'

const folder = fileURLToPath(new URL('wire/golden/', import.meta.url))
const frames = readdirSync(folder).flatMap((name) =>
  readFileSync(join(folder, name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as GoldenFrame),
)

function parse(golden: GoldenFrame): Frame {
  const found: Frame[] = []
  new FrameReader().push(Buffer.from(golden.hex, 'hex'), (frame) => {
    found.push(frame)
    return true
  })
  const [frame] = found
  if (frame === undefined) throw new Error(`${golden.name} is no whole message`)
  return frame
}

const typed = frames.filter((frame): frame is GoldenFrame & { type: string } => frame.type !== null)

test('the recordings hold calls, replies, errors, messages and streams of both directions', () => {
  expect(new Set(frames.map((frame) => `${frame.from} ${frame.kind}`))).toEqual(
    new Set(['client call', 'daemon reply', 'daemon error', 'daemon message', 'daemon stream', 'client stream']),
  )
  expect(new Set(frames.map((frame) => frame.name)).size).toBeGreaterThan(35)
})

test.each(typed.map((frame, index) => [index, frame.kind, frame.name, frame] as const))(
  '%i: the %s of %s is read as it was',
  (_, __, ___, golden) => {
    const reader = new XdrReader(parse(golden).payload)
    expect(toPlain(codecOf(golden.type).read(reader))).toEqual(golden.value)
    expect(reader.remaining).toBe(0)
  },
)

test.each(typed.map((frame, index) => [index, frame.kind, frame.name, frame] as const))(
  '%i: the %s of %s is written as it was',
  (_, __, ___, golden) => {
    const writer = frameWriter()
    codecOf(golden.type).write(writer, fromPlain(golden.value))
    expect(sealFrame(writer, parse(golden)).toString('hex')).toBe(golden.hex)
  },
)
