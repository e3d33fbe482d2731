import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requirePeer } from '../../../e2e/lab/requires.ts'
import { type CloudInit, cloudInitSchema } from '../../../shared/model/index.ts'
import { cloudInitFiles } from './cloud-init.ts'
import { seedImage } from './seed.ts'

const tools = requirePeer('seed-tools')

describe.skipIf(!tools.ok)('a seed image', () => {
  let dir = ''
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'novacron-seed-'))
  })
  afterAll(async () => {
    await rm(dir, { recursive: true, force: true })
  })

  async function read(description: CloudInit): Promise<{ names: string[]; file: (name: string) => string; label: string }> {
    const image = join(dir, 'seed.iso')
    await writeFile(image, seedImage(description, { instanceId: '6b1f', timeMs: 0 }).image)
    const isoinfo = (...args: readonly string[]): string =>
      execFileSync('isoinfo', ['-i', image, ...args], { encoding: 'utf8', maxBuffer: 4 * 1024 * 1024 })
    return {
      names: isoinfo('-f', '-J').trimEnd().split('\n').sort(),
      file: (name) => isoinfo('-J', '-x', `/${name}`),
      label: /Volume id: (.*)/.exec(isoinfo('-d'))?.[1] ?? '',
    }
  }

  test('holds what cloud-init looks for, under the label it looks for', async () => {
    const network = { kind: 'static', mac: '52:54:00:00:00:01', address: '192.0.2.9/24' } as const
    const description = cloudInitSchema.parse({ hostname: 'web', user: { name: 'ada', fullName: 'Ada 👩‍🚀' }, network })
    const seed = await read(description)
    const wanted = cloudInitFiles(description, '6b1f')
    expect(seed.label).toBe('CIDATA')
    expect(seed.names).toEqual(['/meta-data', '/network-config', '/user-data'])
    expect(seed.file('user-data')).toBe(wanted.userData)
    expect(seed.file('meta-data')).toBe(wanted.metaData)
    expect(seed.file('network-config')).toBe(wanted.networkConfig)
  })

  test('holds a user-data of 300 kB of one’s own, and no network-config unless asked', async () => {
    const userData = `#cloud-config\nwrite_files:\n${'  - {path: /etc/ünïcode, content: "密码"}\n'.repeat(7_000)}`
    const seed = await read(cloudInitSchema.parse({ hostname: 'web', userData }))
    expect(seed.names).toEqual(['/meta-data', '/user-data'])
    expect(seed.file('user-data')).toBe(userData)
  })
})
