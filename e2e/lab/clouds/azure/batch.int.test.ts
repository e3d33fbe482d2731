import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { ComputeManagementClient } from '@azure/arm-compute'
import { ClientSecretCredential } from '@azure/identity'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type AzureCloud, startAzureCloud } from './index.ts'

let cloud: AzureCloud
let token: string
let credential: ClientSecretCredential

beforeAll(async () => {
  cloud = await startAzureCloud({ machines: 4, transitionMs: 50 })
  const { endpoint: authorityHost, ca } = cloud
  const login = { authorityHost, disableInstanceDiscovery: true, tlsOptions: { ca } }
  credential = new ClientSecretCredential(cloud.tenantId, cloud.clientId, cloud.clientSecret, login)
  token = (await credential.getToken(`${cloud.endpoint}/.default`)).token
})
afterAll(() => cloud.stop())

interface Result {
  readonly resourceId: string
  readonly errorCode: string | null
  readonly operation: { readonly operationId: string; readonly state: string } | null
}

interface Reply {
  readonly status: number
  readonly body: { readonly error?: { readonly code: string }; readonly results?: readonly Result[] }
}

async function post(what: string, body: unknown): Promise<Reply> {
  const subscription = cloud.world.subscriptions[0]
  const path = `/subscriptions/${subscription}/providers/Microsoft.ComputeSchedule/locations/westeurope/virtualMachines${what}?api-version=2025-05-01`
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(new URL(path, cloud.endpoint), { method: 'POST', ca: cloud.ca, headers }, resolve)
    sent.on('error', reject)
    sent.end(JSON.stringify(body))
  })
  return { status: answer.statusCode ?? 0, body: JSON.parse(await text(answer)) as Reply['body'] }
}

/** Of the first member. */
function operationIn({ body }: Reply): Result['operation'] {
  return body.results?.[0]?.operation ?? null
}

function execute(verb: string, ids: readonly string[]): Promise<Reply> {
  return post(`Execute${verb}`, { executionParameters: {}, resources: { ids }, correlationid: 'a' })
}

it('a batch has a result for each, and its operations can be asked about together', async () => {
  const [off, locked] = [cloud.world.add({ location: 'westeurope' }), cloud.world.add({ location: 'westeurope' })]
  cloud.world.lock(locked)
  const reply = await execute('Delete', [off, locked, `${off}-not-there`])
  expect(reply.status).toBe(200)
  expect(reply.body.results?.map(({ resourceId, errorCode }) => [resourceId, errorCode])).toEqual([
    [off, null],
    [locked, 'ScopeLocked'],
    [`${off}-not-there`, 'ResourceNotFound'],
  ])
  const operationIds = [operationIn(reply)?.operationId]
  const stateOf = async () => operationIn(await post('GetOperationStatus', { operationIds, correlationid: 'a' }))?.state
  await expect.poll(stateOf).toBe('Succeeded')
  expect([cloud.world.machines.has(off), cloud.world.machines.has(locked)]).toEqual([false, true])
})

it('more than a hundred, none at all, and a subscription that is not registered are refused as a whole', async () => {
  const many = Array.from({ length: 101 }, (_, index) => `${cloud.world.running}-${index}`)
  expect((await execute('Start', many)).body.error?.code).toBe('BadRequest')
  expect((await execute('Start', [])).body.error?.code).toBe('BadRequest')
  cloud.world.unregistered.add(cloud.world.subscriptions[0] as string)
  expect(await execute('Start', [cloud.world.off])).toMatchObject({
    status: 409,
    body: { error: { code: 'MissingSubscriptionRegistration' } },
  })
})

it('a gallery keeps images apart by publisher, offer and sku, and takes no version of another system', async () => {
  const compute = new ComputeManagementClient(credential, cloud.world.subscriptions[0] as string, {
    endpoint: cloud.endpoint,
    tlsOptions: { ca: cloud.ca },
    retryOptions: { maxRetries: 0 },
  })
  const at = { location: 'westeurope' }
  const poll = { updateIntervalInMs: 20 }
  await compute.galleries.createOrUpdate('rg', 'kept', at, poll).pollUntilDone()
  const identifier = { publisher: 'a', offer: 'b', sku: 'c' }
  const image = { ...at, identifier, osState: 'Specialized', osType: 'Windows', hyperVGeneration: 'V2' } as const
  await compute.galleryImages.createOrUpdate('rg', 'kept', 'one', image, poll).pollUntilDone()
  const second = compute.galleryImages.createOrUpdate('rg', 'kept', 'two', image, poll).pollUntilDone()
  await expect(second).rejects.toMatchObject({ code: 'Conflict' })
  const version = { ...at, storageProfile: { source: { virtualMachineId: cloud.world.running } } }
  const wrong = compute.galleryImageVersions.createOrUpdate('rg', 'kept', 'one', '1.0.0', version, poll).pollUntilDone()
  await expect(wrong).rejects.toMatchObject({ code: 'InvalidParameter' })
})
