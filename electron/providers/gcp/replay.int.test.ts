import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { openGcp } from './account.ts'
import { gcpConfigSchema } from './config.ts'
import { PORTS } from './testing/account.ts'
import { all, atEnd, look } from './testing/bench.ts'

const PROJECT = 'lumen-lab-417'
const ROOT = `/compute/v1/projects/${PROJECT}`
const LOOM = `${PROJECT}/europe-north1-a/loom/3377016592048153201`
const OPERATION = `${ROOT}/zones/europe-north1-a/operations/operation-1795687201119-5f1c9a2b77d03-0be4d1c2-9f3a6e51`

/** Answers with the shape of recorded ones: every field, links to the real host, a scope that is not the machine's zone. */
const ANSWERS: Readonly<Record<string, string>> = {
  [`GET ${ROOT}/aggregated/instances`]: 'instances-page-1',
  [`GET ${ROOT}/aggregated/instances EkIKNxI1Cg5sb29tLXBhZ2UtdHdv`]: 'instances-page-2',
  [`GET ${ROOT}/zones/us-west1-b/machineTypes/n1-standard-2`]: 'machine-type',
  [`GET ${ROOT}/zones/europe-north1-a/machineTypes/n1-standard-2`]: 'machine-type',
  [`GET ${ROOT}/zones/europe-north1-a/instances/loom`]: 'instance',
  [`POST ${ROOT}/zones/europe-north1-a/instances/3377016592048153201/start`]: 'start',
  [`GET ${OPERATION}`]: 'operation-done',
}
const NOT_FOUND = 'machine-type-not-found'

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

/** A server with no judgement of its own: what it has no answer for is not found. */
async function replay() {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://loopback')
    const token = url.searchParams.get('pageToken')
    const question = `${request.method} ${url.pathname}${token === null ? '' : ` ${token}`}`
    const json = { 'content-type': 'application/json; charset=UTF-8', vary: 'Origin, X-Origin', 'cache-control': 'private, max-age=0' }
    if (url.pathname === '/token') {
      response.writeHead(200, json).end(JSON.stringify({ access_token: 'ya29.replayed', expires_in: 3_599, token_type: 'Bearer' }))
      return
    }
    asked.push(question)
    const file = ANSWERS[question] ?? NOT_FOUND
    void readFile(new URL(`testdata/${file}.json`, import.meta.url)).then((body) =>
      response.writeHead(file === NOT_FOUND ? 404 : 200, json).end(body),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  )
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const config = gcpConfigSchema.parse({ projects: [PROJECT], endpoint, tokenEndpoint: `${endpoint}token` })
  const key = { type: 'service_account', project_id: PROJECT, client_email: 'console@lumen.example', private_key: privateKey }
  const { api } = await openGcp(config, { key: JSON.stringify(key) }, PORTS)
  atEnd(() => api.close())
  return { api, asked }
}

it('reads machines as the real service writes them', async () => {
  const { api, asked } = await replay()
  const machines = await all(api, PROJECT)
  expect(machines.map(({ ref }) => ref)).toEqual([
    `${PROJECT}/us-west1-b/press-room/5810394477120836615`,
    `${PROJECT}/us-west1-c/kiln-3/1290664835517702984`,
    LOOM,
  ])
  const [press, kiln, loom] = machines
  expect(press?.facts).toMatchObject({
    hostRef: PROJECT,
    state: 'running',
    nativeState: 'RUNNING',
    description: null,
    tags: [],
    vcpus: 2,
    memoryKiB: 7_680 * 1_024,
    os: 'ubuntu-2004-lts',
    addresses: ['10.138.0.11', '198.51.100.24'],
    networkRefs: [`projects/${PROJECT}/global/networks/default`],
    // it has not been off since it was made
    startedAtMs: Date.parse('2021-03-14T09:41:09.318Z'),
    cloud: {
      type: 'n1-standard-2',
      region: 'us-west1',
      platform: 'linux',
      purchase: 'on-demand',
      billing: 'compute',
      isProtected: false,
      publicAddresses: ['198.51.100.24'],
      groups: [
        { id: 'http-server', name: 'http-server' },
        { id: 'https-server', name: 'https-server' },
      ],
      disks: [{ id: `projects/${PROJECT}/zones/us-west1-b/disks/press-room`, name: 'press-room', sizeBytes: null, boot: true }],
    },
  })
  // another project's network is none of this place; its type is known no more
  expect(kiln?.facts).toMatchObject({
    state: 'stopped',
    description: 'fires at night',
    tags: ['rota=stop-2026_11_20__0_0', 'owner=studio'],
    vcpus: 0,
    networkRefs: [],
    addresses: ['172.20.8.9'],
    startedAtMs: null,
    cloud: { zone: 'us-west1-c', type: 'f1-micro', purchase: 'on-demand', billing: 'storage', groups: [], publicAddresses: [] },
  })
  expect(loom?.facts).toMatchObject({
    tags: ['env=dev'],
    addresses: ['10.166.0.4'],
    cloud: { publicAddresses: [], region: 'europe-north1' },
  })
  expect(asked.filter((question) => question.includes('machineTypes')).toSorted()).toEqual([
    `GET ${ROOT}/zones/us-west1-b/machineTypes/n1-standard-2`,
    `GET ${ROOT}/zones/us-west1-c/machineTypes/f1-micro`,
  ])
})

it('starts one, and takes its operation for what it says', async () => {
  const { api, asked } = await replay()
  const seen = await look(api, LOOM)
  const operation = await api.begin({ action: 'start' }, { seen, requestId: randomUUID() }, {})
  expect(await operation.poll({})).toBe('done')
  // by its name, where it was asked for: the links lead to the real host
  expect(asked.at(-1)).toBe(`GET ${OPERATION}`)
})

it('shows one as it was told, without what its metadata holds', async () => {
  const { api } = await replay()
  const detail = await api.detail(await look(api, LOOM), {})
  expect(detail.hardware.devices.map(({ kind, summary }) => [kind, summary])).toEqual([
    ['disk', 'loom · boot'],
    ['interface', 'default · 10.166.0.4'],
  ])
  expect(JSON.parse(detail.xml)).toMatchObject({ canIpForward: true, startRestricted: false, metadata: { items: [] } })
})
