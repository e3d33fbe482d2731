import { spawnSync } from 'node:child_process'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { GIB, headOf, imageBytesOf, tailOf, zipped } from './raw-archive.ts'

test('a disk takes whole GiB, one at least', () => {
  expect([1, GIB, GIB + 1].map(imageBytesOf)).toEqual([GIB, GIB, 2 * GIB])
})

test.each([1, 8, 2_048])('tar reads the head of a disk of %i GiB', (gib) => {
  const { stdout } = spawnSync('tar', ['--list', '--verbose', '--occurrence=1', 'disk.raw'], { input: headOf(gib * GIB), encoding: 'utf8' })
  expect(stdout).toMatch(new RegExp(`^-rw-r--r-- .*\\b${gib * GIB}\\b.* disk\\.raw$`, 'm'))
})

test('the tail fills the last GiB and ends the archive, whatever pieces it is made in', async () => {
  const sizeBytes = GIB - 3 * 1_048_576 - 5
  for (const pieceBytes of [1_048_576, 64 * 1_048_576]) {
    const zeros = gunzipSync(await tailOf(sizeBytes, pieceBytes))
    expect(zeros.length).toBe(3 * 1_048_576 + 5 + 1_024)
    expect(zeros.every((byte) => byte === 0)).toBe(true)
  }
})

test('gzip files one behind another are one', async () => {
  const parts = [await zipped(Buffer.from('first ')), await zipped(Buffer.from('second'))]
  expect(gunzipSync(Buffer.concat(parts)).toString()).toBe('first second')
})
