import { sign } from 'node:crypto'
import { compute_v1 } from '@googleapis/compute/build/v1.js'
import { OAuth2Client } from 'google-auth-library'
import { afterEach, describe, expect, it } from 'vitest'
import { type GcpCloud, type ServiceAccountKey, startGcpCloud } from './index.ts'
import type { WorldOptions } from './world.ts'

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
const clouds: GcpCloud[] = []
/** Fields of recorded answers of compute.googleapis.com. */
const RECORDED_OPERATION = 'kind id name zone operationType targetLink targetId status user progress insertTime selfLink'.split(' ')
const RECORDED_INSTANCE = [
  'kind id creationTimestamp name description tags machineType status zone canIpForward networkInterfaces disks metadata selfLink',
  'scheduling cpuPlatform labels labelFingerprint startRestricted deletionProtection',
].flatMap((line) => line.split(' '))
const RECORDED_DISK = 'kind type mode source deviceName index boot autoDelete licenses interface'.split(' ')
const RECORDED_CARD = 'kind network subnetwork networkIP name accessConfigs fingerprint'.split(' ')

afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.stop()
})

function assertion(key: ServiceAccountKey, aud: string, iat = Math.floor(Date.now() / 1000)): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iss: key.client_email, scope: SCOPE, aud, iat, exp: iat + 3600 })}`
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key.private_key).toString('base64url')}`
}

async function tokenOf(cloud: GcpCloud, iat?: number): Promise<{ access_token?: string; error?: string; error_description?: string }> {
  const answer = await fetch(cloud.tokenEndpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: assertion(cloud.key, cloud.tokenEndpoint, iat),
    }),
  })
  return (await answer.json()) as { access_token?: string }
}

/** The real client, logged in at a loopback cloud. */
async function startAndConnect(options: Partial<WorldOptions> = {}) {
  const cloud = await startGcpCloud({ transitionMs: 60, ...options })
  clouds.push(cloud)
  const auth = new OAuth2Client()
  auth.setCredentials({ access_token: (await tokenOf(cloud)).access_token ?? '' })
  // the client brings a copy of the login's library of its own: the same class to JavaScript's eyes, not to TypeScript's
  const client = new compute_v1.Compute({ rootUrl: cloud.endpoint, auth: auth as unknown as string, retry: false })
  const { running, stopped } = cloud.world
  const at = (machine: typeof running) => ({ project: machine.project, zone: machine.zone, instance: machine.body.name })
  return { cloud, client, auth, running, stopped, at }
}

async function done(client: compute_v1.Compute, operation: compute_v1.Schema$Operation): Promise<compute_v1.Schema$Operation> {
  const [, project = '', , zone = ''] = /projects\/([^/]+)\/(zones)\/([^/]+)/.exec(operation.zone ?? '') ?? []
  const { data } = await client.zoneOperations.wait({ project, zone, operation: operation.name ?? '' })
  return data
}

describe('the loopback Google Cloud, asked by the real client', () => {
  it('lists in pages, with a warning for each zone that has nothing', async () => {
    const { client, cloud } = await startAndConnect({ machines: 45, projects: 1 })
    const names: string[] = []
    const warned = new Set<string>()
    let pageToken: string | undefined
    let pages = 0
    do {
      const { data } = await client.instances.aggregatedList({
        project: 'acme-prod-1',
        maxResults: 20,
        ...(pageToken === undefined ? {} : { pageToken }),
      })
      pages += 1
      pageToken = data.nextPageToken ?? undefined
      for (const [scope, { instances = [], warning }] of Object.entries(data.items ?? {})) {
        names.push(...instances.map(({ name }) => name ?? ''))
        if (warning?.code === 'NO_RESULTS_ON_PAGE') warned.add(scope)
      }
    } while (pageToken !== undefined)
    expect(pages).toBe(3)
    expect(new Set(names).size).toBe(45)
    expect(warned).toContain('zones/asia-northeast1-a')
    expect(cloud.faults.count('compute.instances.aggregatedList')).toBe(3)
  })

  it('answers a start before it is started, and says by the operation when it is', async () => {
    const { client, stopped, at } = await startAndConnect({ transitionMs: 5_000 })
    const { data: operation } = await client.instances.start({ ...at(stopped), requestId: '5c6f2a3e-95a4-4a4b-8f0e-1d3f6a5b7c81' })
    expect(operation).toMatchObject({ kind: 'compute#operation', operationType: 'start', status: 'PENDING', targetId: stopped.body.id })
    expect((await client.instances.get(at(stopped))).data.status).toBe('PROVISIONING')
    expect(await done(client, operation)).toMatchObject({ status: 'DONE', progress: 100 })
    expect((await client.instances.get(at(stopped))).data.status).toBe('RUNNING')
  })

  it('takes a request that comes twice under one id for one operation', async () => {
    const { client, cloud, running, at } = await startAndConnect()
    const requestId = 'd5b6b6a2-1d19-4f0e-9b52-0d7c1c2b9a10'
    const first = await client.instances.stop({ ...at(running), requestId })
    const second = await client.instances.stop({ ...at(running), requestId })
    expect(second.data.name).toBe(first.data.name)
    expect(cloud.world.operations.begun).toBe(1)
  })

  it('finishes an operation with errors without failing a request', async () => {
    const { client, cloud, stopped, at } = await startAndConnect()
    const message = "The zone 'europe-west1-b' does not have enough resources available."
    cloud.world.operations.failures.set('start', { code: 'ZONE_RESOURCE_POOL_EXHAUSTED', message })
    const { data } = await client.instances.start(at(stopped))
    const after = await done(client, data)
    expect(after.error?.errors).toEqual([{ code: 'ZONE_RESOURCE_POOL_EXHAUSTED', message }])
    expect(stopped.body.status).toBe('TERMINATED')
  })

  it('refuses what the state, the protection or a stale fingerprint forbid', async () => {
    const { client, cloud, running, stopped, at } = await startAndConnect()
    await expect(client.instances.reset(at(stopped))).rejects.toMatchObject({ status: 400 })
    await expect(client.instances.setMachineType({ ...at(running), requestBody: { machineType: 'e2-small' } })).rejects.toMatchObject({
      status: 400,
    })
    await expect(
      client.instances.setLabels({ ...at(running), requestBody: { labels: {}, labelFingerprint: 'c3RhbGU=' } }),
    ).rejects.toMatchObject({ status: 412 })
    cloud.world.change(stopped, { deletionProtection: true })
    await expect(client.instances.delete(at(stopped))).rejects.toThrow(/protected against deletion/)
    expect(cloud.world.operations.begun).toBe(0)
  })

  it('throttles as Compute Engine does: 403, with the reason in the body', async () => {
    const { client, cloud } = await startAndConnect()
    cloud.faults.add({ operation: 'compute.instances.aggregatedList', fault: { do: 'throttle' }, times: 1 })
    await expect(client.instances.aggregatedList({ project: 'acme-prod-1' })).rejects.toMatchObject({
      status: 403,
      response: { data: { error: { errors: [{ reason: 'rateLimitExceeded', domain: 'usageLimits' }] } } },
    })
    expect((await client.instances.aggregatedList({ project: 'acme-prod-1' })).status).toBe(200)
  })

  it('denies one permission, says so when asked, and allows the rest', async () => {
    const { client, cloud, running, at } = await startAndConnect()
    cloud.world.denied.add('compute.instances.stop')
    await expect(client.instances.stop(at(running))).rejects.toMatchObject({
      status: 403,
      response: { data: { error: { errors: [{ reason: 'forbidden' }] } } },
    })
    const permissions = ['compute.instances.stop', 'compute.instances.start']
    const { project, zone, instance } = at(running)
    const { data } = await client.instances.testIamPermissions({ project, zone, resource: instance, requestBody: { permissions } })
    expect(data.permissions).toEqual(['compute.instances.start'])
  })

  it('knows its tokens, and no assertion that is too old', async () => {
    const { client, cloud } = await startAndConnect()
    cloud.tokens.expireAll()
    await expect(client.instances.aggregatedList({ project: 'acme-prod-1' })).rejects.toMatchObject({ status: 401 })
    expect(await tokenOf(cloud, Math.floor(Date.now() / 1000) - 86_400)).toMatchObject({ error: 'invalid_grant' })
  })

  it('leaves a change out of a list for a moment, when lists lag', async () => {
    const { client, cloud, running } = await startAndConnect({ listLagMs: 5_000 })
    const statusIn = async () => {
      const { data } = await client.instances.aggregatedList({ project: running.project })
      return data.items?.[`zones/${running.zone}`]?.instances?.find(({ id }) => id === running.body.id)?.status
    }
    await statusIn()
    cloud.world.change(running, { status: 'TERMINATED' })
    expect(await statusIn()).toBe('RUNNING')
    await expect.poll(statusIn, { interval: 20 }).toBe('TERMINATED')
  })

  it('writes instances and operations with the fields that recorded ones have', async () => {
    const { client, running, at } = await startAndConnect()
    const { data: instance } = await client.instances.get(at(running))
    expect(Object.keys(instance)).toEqual(expect.arrayContaining(RECORDED_INSTANCE))
    expect(Object.keys(instance.disks?.[0] ?? {})).toEqual(expect.arrayContaining(RECORDED_DISK))
    expect(Object.keys(instance.networkInterfaces?.[0] ?? {})).toEqual(expect.arrayContaining(RECORDED_CARD))
    const requestBody = { labels: { env: 'dev' }, labelFingerprint: instance.labelFingerprint ?? '' }
    const { data: operation } = await client.instances.setLabels({ ...at(running), requestBody })
    expect(Object.keys(operation)).toEqual(expect.arrayContaining(RECORDED_OPERATION))
    expect(operation.selfLink).toBe(`${operation.zone}/operations/${operation.name}`)
  })

  it('hands out figures late, as rates where it is asked for them', async () => {
    const { auth, cloud, running } = await startAndConnect()
    const { data } = await auth.request<{ timeSeries: { points: { value: { doubleValue: number } }[]; metricKind: string }[] }>({
      url: `${cloud.endpoint}v3/projects/${running.project}/timeSeries`,
      params: {
        filter: `metric.type="compute.googleapis.com/instance/disk/read_bytes_count" AND resource.labels.instance_id="${running.body.id}"`,
        'interval.startTime': new Date(Date.now() - 600_000).toISOString(),
        'interval.endTime': new Date().toISOString(),
        'aggregation.alignmentPeriod': '60s',
        'aggregation.perSeriesAligner': 'ALIGN_RATE',
      },
    })
    expect(data.timeSeries).toHaveLength(1)
    expect(data.timeSeries[0]).toMatchObject({ metricKind: 'GAUGE' })
    expect(data.timeSeries[0]?.points[0]?.value.doubleValue).toBeGreaterThan(0)
  })

  it('has five thousand machines written out in no time', async () => {
    const { client } = await startAndConnect({ machines: 5000, projects: 1 })
    const list = async () => {
      let pageToken: string | undefined
      let count = 0
      do {
        const { data } = await client.instances.aggregatedList({
          project: 'acme-prod-1',
          maxResults: 500,
          ...(pageToken === undefined ? {} : { pageToken }),
        })
        pageToken = data.nextPageToken ?? undefined
        for (const { instances = [] } of Object.values(data.items ?? {})) count += instances.length
      } while (pageToken !== undefined)
      return count
    }
    expect(await list()).toBe(5000)
  })
})
