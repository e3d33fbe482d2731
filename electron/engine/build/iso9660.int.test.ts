import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requirePeer } from '../../../e2e/lab/requires.ts'
import { type ImageFile, isoImage } from './iso9660.ts'

const tools = requirePeer('seed-tools')

type Extension = 'joliet' | 'rock-ridge' | 'none'
const FLAG: Readonly<Record<Extension, readonly string[]>> = { joliet: ['-J'], 'rock-ridge': ['-R'], none: [] }

let dir = ''
let image = ''

async function write(files: readonly ImageFile[]): Promise<void> {
  await writeFile(image, isoImage(files, { volumeLabel: 'CIDATA', timeMs: Date.UTC(2026, 10, 26, 5, 6, 8) }))
}

function isoinfo(...args: readonly string[]): Buffer {
  return execFileSync('isoinfo', ['-i', image, ...args], { env: { LC_ALL: 'C.UTF-8' }, maxBuffer: 16 * 1024 * 1024 })
}

function bsdtar(...args: readonly string[]): Buffer {
  return execFileSync('bsdtar', ['-f', image, ...args], { env: { LC_ALL: 'C.UTF-8' } })
}

function names(extension: Extension): string[] {
  const lines = isoinfo('-f', ...FLAG[extension])
    .toString('utf8')
    .split('\n')
  return lines
    .filter((line) => line !== '')
    .map((line) => line.slice(1))
    .sort()
}

function content(name: string, extension: Extension): Buffer {
  return isoinfo('-x', `/${name}`, ...FLAG[extension])
}

describe.skipIf(!tools.ok)('an image, as other programs read it', () => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'novacron-iso-'))
    image = join(dir, 'seed.iso')
  })
  afterAll(async () => {
    await rm(dir, { recursive: true, force: true })
  })

  test('has the label, both extensions and the files of a seed', async () => {
    const userData = Buffer.alloc(300_000, '#cloud-config\n# a long one\n')
    const files = [
      { name: 'user-data', data: userData },
      { name: 'meta-data', data: Buffer.from('instance-id: "i"\n') },
      { name: 'vendor-data', data: Buffer.alloc(0) },
    ]
    await write(files)
    const facts = isoinfo('-d').toString('utf8')
    expect(facts).toContain('Volume id: CIDATA')
    expect(facts).toContain('Joliet with UCS level 3 found')
    expect(facts).toContain('Rock Ridge signatures version 1 found')
    for (const extension of ['joliet', 'rock-ridge'] as const) {
      expect(names(extension)).toEqual(['meta-data', 'user-data', 'vendor-data'])
      for (const file of files) expect(content(file.name, extension).equals(file.data)).toBe(true)
    }
    expect(names('none')).toEqual(['META_DAT.;1', 'USER_DAT.;1', 'VENDOR_D.;1'])
    expect(content('USER_DAT.;1', 'none').equals(userData)).toBe(true)
    expect(isoinfo('-l', '-R').toString('utf8')).toMatch(/-r--r--r-- +1 +0 +0 +300000 Nov 26 2026 .* user-data/)
  })

  test('keeps long names and names of any script', async () => {
    const long = `${'a'.repeat(59)}.yaml`
    const files = ['ünïcode.txt', '密码', 'with space & "quotes"', '👩‍🚀', long].map((name, i) => ({
      name,
      data: Buffer.from(`file ${i}`),
    }))
    await write(files)
    const wanted = files.map((file) => file.name).sort()
    expect(names('rock-ridge')).toEqual(wanted)
    for (const file of files) expect(content(file.name, 'rock-ridge').equals(file.data)).toBe(true)
    // isoinfo shows Joliet names in ISO 8859-1 only, bsdtar in UTF-8
    for (const off of ['!rockridge', '!joliet']) {
      expect(bsdtar('-t', '--options', off).toString('utf8').trimEnd().split('\n').sort()).toEqual(['.', ...wanted].sort())
      for (const file of files) expect(bsdtar('-xO', '--options', off, file.name).equals(file.data)).toBe(true)
    }
  })

  test('has as many files as a directory of several sectors holds', async () => {
    const files = Array.from({ length: 100 }, (_, i) => ({ name: `some-long-file-name-${i}`, data: Buffer.alloc(i * 97, i) }))
    await write(files)
    const wanted = files.map((file) => file.name).sort()
    expect(names('rock-ridge')).toEqual(wanted)
    expect(names('joliet')).toEqual(wanted)
    for (const file of files.slice(90)) expect(content(file.name, 'joliet').equals(file.data)).toBe(true)
  })

  test('gives back any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 10_000 }), { maxLength: 5 }), async (contents) => {
        const files = contents.map((data, i) => ({ name: `file-${i}`, data }))
        await write(files)
        for (const file of files) expect(content(file.name, 'rock-ridge').equals(file.data)).toBe(true)
      }),
      { numRuns: 20 },
    )
  })
})
