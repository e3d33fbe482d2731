import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { SeenMachine } from '../cloud/index.ts'
import { type AzureApi, openAzure } from './api.ts'
import { azureConfigSchema } from './config.ts'
import { QUICK, wallClock } from './testing/azure-bench.ts'
import { type Replay, startReplay } from './testing/replay.ts'

/** Answers in the shape in which Azure gives them, which the loopback server, made by the same hands as the adapter, might have missed. */
const GIB = 1024 ** 3
const SUBSCRIPTION = '3c6f0b52-8d1e-4f0a-9a77-51d2c4e0b9f3'

let replay: Replay
let api: AzureApi
let folder: string
const seen = new Map<string, SeenMachine>()

beforeAll(async () => {
  replay = await startReplay(new URL('testdata/answers.json', import.meta.url))
  folder = await mkdtemp(join(tmpdir(), 'azure-replay-'))
  const caFile = join(folder, 'ca.pem')
  await writeFile(caFile, replay.ca)
  const { endpoint } = replay
  const who = { tenantId: '9d3f7b5e-1c43-4d1f-92c8-2d6f0c1f4b10', clientId: '5b7b4c7e-3a9e-4a0d-8a58-0d0f5d1f1a77' }
  const config = azureConfigSchema.parse({ login: 'secret', ...who, endpoint, authorityHost: endpoint, caFile })
  api = await openAzure(config, { clientSecret: 'anything' }, wallClock, QUICK)
  for await (const page of api.machines(SUBSCRIPTION, {})) for (const each of page) seen.set(each.facts.name, each)
})
afterAll(async () => {
  api.close()
  await replay.stop()
  await rm(folder, { recursive: true })
})

it('a subscription is known by its id in lower case', async () => {
  expect((await api.places({})).map(({ ref, facts }) => [ref, facts.name])).toEqual([[SUBSCRIPTION, 'Post']])
})

it('groups in capitals in one answer and in small letters in another are the same group', () => {
  expect([...seen.keys()]).toEqual(['mail-gw', 'node-5F-0', 'desk-7'])
  expect(seen.get('mail-gw')).toMatchObject({
    ref: `/subscriptions/${SUBSCRIPTION}/resourcegroups/edge_mail/providers/microsoft.compute/virtualmachines/mail-gw`,
    facts: {
      state: 'running',
      tags: ['empty', 'hours=on=(M-F,7);off=(M-F,19);tz=cet', 'owner=post office'],
      addresses: ['203.0.113.25', '10.9.0.4'],
      vcpus: 1,
      memoryKiB: 2 * 1024 * 1024,
      os: 'UbuntuServer 18.04-LTS',
      cloud: { billing: 'compute', isProtected: false, hibernates: false, purchase: 'on-demand', createdAtMs: null, zone: null },
    },
  })
  expect(seen.get('mail-gw')?.facts.cloud?.disks.map(({ name, sizeBytes, boot }) => [name, sizeBytes, boot])).toEqual([
    ['mail-gw_OsDisk_1_aa10', 30 * GIB, true],
    ['mail-gw_spool', 511 * GIB, false],
  ])
})

it('an old machine with its disk in a storage account, keys in another order, is read whole', () => {
  expect(seen.get('node-5F-0')?.facts).toMatchObject({
    state: 'stopped',
    addresses: [],
    // its size is not among those of the region any more
    vcpus: 0,
    cloud: {
      billing: 'compute',
      // by a lock of its group, which is written in small letters
      isProtected: true,
      disks: [{ id: 'https://clusterone00.blob.core.windows.net/osdisk/node-5f-0-os.vhd', type: null, boot: true }],
    },
  })
})

it('null stands for nothing, and what is not known yet is no matter', () => {
  expect(seen.get('desk-7')?.facts).toMatchObject({
    state: 'saved',
    nativeState: 'hibernated, deallocated, updating',
    tags: [],
    addresses: ['10.9.7.7'],
    vcpus: 4,
    cloud: {
      billing: 'storage',
      purchase: 'reserved',
      hibernates: true,
      zone: '2',
      platform: 'windows',
      image: { name: '2.4.0' },
      disks: [{ sizeBytes: null }],
      createdAtMs: Date.parse('2025-03-04T09:21:44.123Z'),
    },
  })
})

it('one by itself has what its agent told', async () => {
  const one = await api.machine(seen.get('mail-gw')?.ref ?? '', {})
  expect(one?.facts).toMatchObject({ state: 'running', os: 'ubuntu 18.04', addresses: ['203.0.113.25', '10.9.0.4'] })
  expect((await api.networks(SUBSCRIPTION, {})).map(({ facts }) => [facts.name, facts.cidrs])).toEqual([['edge-net', ['10.9.0.0/16']]])
})

it('of samples null and absent are no value, and never 0', async () => {
  const ref = seen.get('mail-gw')?.ref ?? ''
  const told = await api.metrics([ref], Date.parse('2025-06-02T05:00:00Z'), {})
  expect(told.map(({ metrics }) => [new Date(metrics.atMs).toISOString(), metrics.cpuPercent, metrics.memoryUsedKiB])).toEqual([
    ['2025-06-02T05:01:00.000Z', 3.5, 1024 * 1024],
    ['2025-06-02T05:03:00.000Z', 7.25, 1536 * 1024],
  ])
  expect(told.at(-1)?.metrics).toMatchObject({
    diskReadBytesPerS: 10_240,
    diskWriteBytesPerS: null,
    netRxBytesPerS: 100,
    netTxBytesPerS: 20,
  })
})

it('nothing else was asked for', () => {
  expect(replay.unanswered).toEqual([])
})
