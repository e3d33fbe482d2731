import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requirePeer } from '../../../e2e/lab/requires.ts'
import type { TransferStep } from '../../../shared/model/index.ts'
import { DISK, plan } from './testing/plan-bench.ts'

/** What run-books tell a person to type, typed. Programs of clouds are a function that says what it was given. */
const SAY_ARGUMENTS = ['aws', 'az', 'gcloud', 'azcopy'].map((name) => `${name}() { printf '%s\\n' "$@"; }`).join('\n')
const run = promisify(execFile)
const sh = async (text: string) => (await run('sh', ['-ec', `${SAY_ARGUMENTS}\nBUCKET=b-1\n${text}`])).stdout

/** Each with the region it goes to. */
const CLOUDS = [
  ['c2.h.eu', 'eu-central-1'],
  ['c3.h.sub', 'westeurope'],
  ['c4.h.prj', 'europe-west3'],
] as const

describe.skipIf(!requirePeer('libvirtd').ok)('run-books', () => {
  const name = `t-${randomBytes(4).toString('hex')}`
  let folder: string
  let path: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "novacron it's "))
    path = join(folder, 'web.qcow2')
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', path, '3500000'])
  })
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  async function stepsTo(to: string, region: string): Promise<TransferStep[]> {
    const [way] = (await plan({ to, region, machine: { name }, disks: [{ ...DISK, path }] })).ways
    return way?.steps ?? []
  }

  test.each(CLOUDS)('%s: every command and check is one that a shell reads', async (to, region) => {
    const steps = await stepsTo(to, region)
    expect(steps.length).toBeGreaterThan(5)
    for (const { command, check } of steps) {
      for (const text of [command, check?.command]) await run('sh', ['-n', '-c', text ?? ''])
    }
  })

  test.each(CLOUDS)('%s: the disk is converted as the cloud wants it, and the check shows that', async (to, region) => {
    const steps = await stepsTo(to, region)
    const { command, check } = steps.find(({ id }) => id === 'convert-vda') ?? {}
    await sh(command ?? 'false')
    expect(await sh(check?.command ?? 'false')).toContain(check?.shows)
    // what is left on the way goes with the last step
    await sh(steps.at(-1)?.command ?? 'false')
    expect(await sh(`ls -d /var/tmp/${name}-* 2>/dev/null || echo nothing`)).toBe('nothing\n')
  })

  test('what AWS is told is JSON with the bucket in it', async () => {
    const steps = await stepsTo('c2.h.eu', 'eu-central-1')
    const argument = async (id: string, option: string) => {
      const said = (await sh(steps.find((step) => step.id === id)?.command ?? 'false')).split('\n')
      return JSON.parse(said[said.indexOf(option) + 1] ?? '') as unknown
    }
    expect(await argument('import', '--disk-containers')).toEqual([
      { Format: 'vmdk', UserBucket: { S3Bucket: 'b-1', S3Key: `${name}-vda.vmdk` } },
    ])
    expect(await argument('role', '--assume-role-policy-document')).toMatchObject({ Version: '2012-10-17' })
    expect(await argument('role', '--policy-document')).toMatchObject({
      Statement: [{ Resource: ['arn:aws:s3:::b-1', 'arn:aws:s3:::b-1/*'] }, {}],
    })
  })
})
