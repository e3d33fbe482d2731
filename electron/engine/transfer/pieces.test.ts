import { expect, test } from 'vitest'
import type { VolumePiece } from '../../providers/provider.ts'
import { cut } from './pieces.ts'
import { lengthOf } from './volume-ranges.ts'

async function* given(...pieces: VolumePiece[]): AsyncGenerator<VolumePiece> {
  yield* pieces
}

/** Of each part the lengths of its pieces, zeros with a `z`. */
async function partsOf(pieces: AsyncIterable<VolumePiece>, bytes: number): Promise<string[]> {
  const parts: string[] = []
  for await (const part of cut(pieces, bytes)) {
    const lengths: string[] = []
    for await (const piece of part) lengths.push(`${lengthOf(piece)}${piece instanceof Uint8Array ? '' : 'z'}`)
    parts.push(lengths.join('+'))
  }
  return parts
}

test.each([
  ['nothing', [], []],
  ['less than a part', [new Uint8Array(7)], ['7']],
  ['parts to the byte', [new Uint8Array(10), { zeros: 10 }], ['10', '10z']],
  ['pieces over the edge', [new Uint8Array(7), { zeros: 16 }, new Uint8Array(4)], ['7+3z', '10z', '3z+4']],
  ['one that is many parts', [{ zeros: 35 }], ['10z', '10z', '10z', '5z']],
  ['empty pieces', [new Uint8Array(0), new Uint8Array(3), { zeros: 0 }], ['3']],
] as ReadonlyArray<[string, VolumePiece[], string[]]>)('%s', async (_name, pieces, parts) => {
  expect(await partsOf(given(...pieces), 10)).toEqual(parts)
})

test('the bytes stay what they are', async () => {
  const bytes = Uint8Array.from({ length: 25 }, (_, at) => at)
  const seen: number[] = []
  for await (const part of cut(given(bytes.subarray(0, 13), bytes.subarray(13)), 10)) {
    for await (const piece of part) if (piece instanceof Uint8Array) seen.push(...piece)
  }
  expect(seen).toEqual([...bytes])
})

test('who leaves in the middle ends the source as well', async () => {
  let isEnded = false
  async function* source(): AsyncGenerator<VolumePiece> {
    try {
      for (;;) yield new Uint8Array(4)
    } finally {
      isEnded = true
    }
  }
  for await (const part of cut(source(), 10)) {
    expect(part).toBeDefined()
    break
  }
  expect(isEnded).toBe(true)
})
