import { describe, expect, test } from 'vitest'
import { isoImage } from './iso9660.ts'
import { plainNames } from './iso9660-names.ts'

const SECTOR = 2048
const options = { volumeLabel: 'CIDATA', timeMs: Date.UTC(2026, 1, 28, 23, 59, 58) }
const bytes = (text: string): Uint8Array => Buffer.from(text)

describe('an ISO 9660 image', () => {
  test('has its descriptors, label, size and time where ECMA-119 puts them', () => {
    const image = Buffer.from(isoImage([{ name: 'user-data', data: bytes('x') }], options))
    const primary = image.subarray(16 * SECTOR, 17 * SECTOR)
    expect(primary.subarray(0, 7).toString('latin1')).toBe('\x01CD001\x01')
    expect(primary.subarray(40, 72).toString('latin1')).toBe('CIDATA'.padEnd(32))
    expect(primary.readUInt32LE(80) * SECTOR).toBe(image.length)
    expect(primary.readUInt32BE(84) * SECTOR).toBe(image.length)
    expect([primary.readUInt16LE(128), primary.readUInt16BE(130)]).toEqual([SECTOR, SECTOR])
    // the root's record [8.4.18] and the creation time [8.4.26]
    expect([primary[156], primary[158], primary[181]]).toEqual([34, 23, 2])
    expect(primary.subarray(813, 830).toString('latin1')).toBe('2026022823595800\0')
    expect(primary[881]).toBe(1)
    const joliet = image.subarray(17 * SECTOR, 18 * SECTOR)
    expect(joliet.subarray(0, 7).toString('latin1')).toBe('\x02CD001\x01')
    expect(joliet.subarray(40, 72).swap16().toString('utf16le')).toBe('CIDATA'.padEnd(16))
    expect(joliet.subarray(88, 91).toString('latin1')).toBe('%/E')
    expect(joliet[881]).toBe(1)
    expect(image.subarray(18 * SECTOR, 18 * SECTOR + 7).toString('latin1')).toBe('\xffCD001\x01')
  })

  test('holds each path table in both byte orders', () => {
    const image = Buffer.from(isoImage([], options))
    for (const [table, root] of [
      [19, 23],
      [21, 24],
    ] as const) {
      expect([...image.subarray(table * SECTOR, table * SECTOR + 10)]).toEqual([1, 0, root, 0, 0, 0, 1, 0, 0, 0])
      expect([...image.subarray((table + 1) * SECTOR, (table + 1) * SECTOR + 10)]).toEqual([1, 0, 0, 0, 0, root, 0, 1, 0, 0])
    }
  })

  test('is the same for the same input and another for another time', () => {
    const files = [
      { name: 'meta-data', data: bytes('a') },
      { name: 'empty', data: bytes('') },
    ]
    const image = isoImage(files, options)
    expect(isoImage(files, options)).toEqual(image)
    expect(isoImage(files, { ...options, timeMs: options.timeMs + 1_000 })).not.toEqual(image)
  })

  test.each([
    ['', 'empty'],
    ['..', 'empty'],
    ['a/b', 'character'],
    ['a\tb', 'character'],
    ['\ud800', 'character'],
    ['x'.repeat(65), 'length'],
    ['密'.repeat(60), 'length'],
  ])('refuses the name %j', (name, reason) => {
    expect(() => isoImage([{ name, data: bytes('') }], options)).toThrow(
      expect.objectContaining({ kind: 'invalid-input', code: 'build.bad-file-name', details: { name, reason } }),
    )
  })

  test('refuses a name twice and a label that is none', () => {
    const file = { name: 'a', data: bytes('') }
    expect(() => isoImage([file, file], options)).toThrow(expect.objectContaining({ details: { name: 'a', reason: 'twice' } }))
    expect(() => isoImage([], { ...options, volumeLabel: 'cidata' })).toThrow(expect.objectContaining({ code: 'build.bad-volume-label' }))
  })
})

test('plain names are 8.3, of the allowed characters, and different', () => {
  const names = ['user-data', 'user-date', 'user-dato', 'network-config', 'ä.tar.gz', '.hidden', '密码', 'notes.markdown']
  expect([...plainNames(names).values()]).toEqual([
    'USER_DAT.;1',
    'USER_DA1.;1',
    'USER_DA2.;1',
    'NETWORK_.;1',
    '__TAR.GZ;1',
    '_HIDDEN.;1',
    '__.;1',
    'NOTES.MAR;1',
  ])
})
