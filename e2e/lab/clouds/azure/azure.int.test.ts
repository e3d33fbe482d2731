import { ComputeManagementClient } from '@azure/arm-compute'
import { MonitorClient } from '@azure/arm-monitor'
import { NetworkManagementClient } from '@azure/arm-network'
import { ResourceGraphClient } from '@azure/arm-resourcegraph'
import { SubscriptionClient } from '@azure/arm-resources-subscriptions'
import { ClientCertificateCredential, ClientSecretCredential } from '@azure/identity'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type AzureCloud, startAzureCloud } from './index.ts'

const MACHINES = 60
const POLL = { updateIntervalInMs: 20 }

let cloud: AzureCloud
let credential: ClientSecretCredential

beforeAll(async () => {
  cloud = await startAzureCloud({ machines: MACHINES, transitionMs: 50, pageSize: 25, loginCertificate: true })
  credential = new ClientSecretCredential(cloud.tenantId, cloud.clientId, cloud.clientSecret, login())
})
afterEach(() => cloud.faults.clear())
afterAll(() => cloud.stop())

function login() {
  const { endpoint: authorityHost, ca } = cloud
  return { authorityHost, disableInstanceDiscovery: true, tlsOptions: { ca }, retryOptions: { maxRetries: 0 } }
}

function arm(maxRetries = 0) {
  return { endpoint: cloud.endpoint, tlsOptions: { ca: cloud.ca }, retryOptions: { maxRetries } }
}

function first(): string {
  return cloud.world.subscriptions[0] as string
}

function compute(maxRetries = 0): ComputeManagementClient {
  return new ComputeManagementClient(credential, first(), arm(maxRetries))
}

function named(ref: string): [group: string, name: string] {
  const vm = cloud.world.machine(ref)
  return [vm.resourceGroup, vm.name]
}

describe('login', () => {
  it('takes the secret and the certificate that the application has', async () => {
    const certificate = new ClientCertificateCredential(cloud.tenantId, cloud.clientId, { certificate: cloud.certificate ?? '' }, login())
    for (const each of [credential, certificate]) {
      expect((await each.getToken(`${cloud.endpoint}/.default`)).token).toMatch(/^ey/)
    }
  })

  it.each([
    ['a wrong secret', { clientSecret: 'wrong' }, 7000215],
    ['an unknown application', { clientId: '00000000-0000-4000-8000-000000000000' }, 700016],
    ['an unknown tenant', { tenantId: '00000000-0000-4000-8000-000000000001' }, null],
  ])('refuses %s in the words of Entra ID', async (_, other, number) => {
    const { tenantId, clientId, clientSecret } = { ...cloud, ...other }
    const refused = new ClientSecretCredential(tenantId, clientId, clientSecret, login()).getToken('x/.default')
    await expect(refused).rejects.toThrow(number === null ? /endpoints_resolution_error|90002/ : `AADSTS${number}`)
  })
})

describe('lists', () => {
  it('come in pages and hold every machine of the subscription once', async () => {
    const found: string[] = []
    const pages: number[] = []
    for await (const page of compute().virtualMachines.listAll().byPage()) {
      pages.push(page.length)
      found.push(...page.map(({ id = '' }) => id.toLowerCase()))
    }
    const expected = [...cloud.world.machines].flatMap(([ref, vm]) => (vm.subscription === first() ? [ref] : []))
    expect(found.toSorted()).toEqual(expected.toSorted())
    expect(pages.length).toBeGreaterThan(1)
  })

  it('tell the power states with statusOnly', async () => {
    const states = new Map<string, string | undefined>()
    for await (const vm of compute().virtualMachines.listAll({ statusOnly: 'true' })) {
      states.set((vm.id ?? '').toLowerCase(), vm.instanceView?.statuses?.find(({ code = '' }) => code.startsWith('PowerState/'))?.code)
    }
    expect(states.get(cloud.world.running)).toBe('PowerState/running')
    expect(states.get(cloud.world.off)).toBe('PowerState/deallocated')
  })

  it('have the shape of a recorded exchange', async () => {
    const { value } = await raw(`/subscriptions/${first()}/providers/Microsoft.Compute/virtualMachines?api-version=2020-12-01`)
    const vm = (value as Array<Record<string, Record<string, unknown>>>)[0]
    // as in a recording of the real service: keys of the row, of its properties, of the profiles
    expect(Object.keys(vm ?? {})).toEqual(expect.arrayContaining(['name', 'id', 'type', 'location', 'tags', 'properties']))
    const properties = ['vmId', 'hardwareProfile', 'storageProfile', 'osProfile', 'networkProfile', 'provisioningState']
    expect(Object.keys(vm?.['properties'] ?? {})).toEqual(expect.arrayContaining(properties))
    expect(vm?.['id']).toMatch(
      /^\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/[A-Z_-]+\/providers\/Microsoft\.Compute\/virtualMachines\/\S+$/,
    )
    expect(vm?.['type']).toBe('Microsoft.Compute/virtualMachines')
    const storage = vm?.['properties']?.['storageProfile'] as Record<string, Record<string, unknown>>
    expect(Object.keys(storage['osDisk'] ?? {})).toEqual(
      expect.arrayContaining(['osType', 'name', 'createOption', 'caching', 'managedDisk', 'diskSizeGB']),
    )
  })

  it('hold cards, addresses, sizes, disks, subscriptions and the rows of Resource Graph', async () => {
    const network = new NetworkManagementClient(credential, first(), arm())
    const [vm] = [...cloud.world.machines.values()]
    const nics = await all(network.networkInterfaces.listAll())
    expect(nics.find(({ id }) => id === vm?.nics[0]?.id)?.ipConfigurations?.[0]?.privateIPAddress).toBe(vm?.nics[0]?.privateAddress)
    const addresses = await all(network.publicIPAddresses.listAll())
    expect(addresses.map(({ ipAddress }) => ipAddress)).toContain(vm?.nics[0]?.publicIp?.address)
    const skus = await all(compute().resourceSkus.list({ filter: "location eq 'westeurope'" }))
    expect(skus.find(({ name }) => name === 'Standard_B1s')?.capabilities).toContainEqual(
      expect.objectContaining({ name: 'vCPUs', value: '1' }),
    )
    expect((await all(compute().disks.list())).map(({ id }) => id)).toContain(vm?.disks[0]?.disk.id)
    const subscriptions = await all(new SubscriptionClient(credential, arm()).subscriptions.list())
    expect(subscriptions.map(({ subscriptionId }) => subscriptionId)).toEqual(cloud.world.subscriptions)
    const query = "resources | where type =~ 'microsoft.compute/virtualmachines'"
    const graph = await new ResourceGraphClient(credential, arm()).resources({ query, subscriptions: [first()], options: { top: 5 } })
    expect(graph).toMatchObject({
      count: 5,
      data: expect.arrayContaining([expect.objectContaining({ type: 'microsoft.compute/virtualmachines' })]),
    })
    expect(graph.skipToken).toBe('5')
  })

  it('lag behind when they are told to', async () => {
    const slow = await startAzureCloud({ machines: 3, transitionMs: 1, lagMs: 60_000 })
    slow.world.setTags(slow.world.running, { changed: 'yes' })
    slow.world.remove(slow.world.off)
    const rows = slow.world.listing.rows('list', slow.world.machines.values(), () => true).join('\n')
    expect(rows).not.toContain('changed')
    expect(rows.toLowerCase()).toContain(slow.world.off.split('/').at(-1))
    await slow.stop()
  })
})

describe('changes', () => {
  it('go through states in between and end when the operation says so', async () => {
    const ref = cloud.world.running
    const poller = compute().virtualMachines.deallocate(...named(ref), POLL)
    await poller.submitted()
    await poller
    const { statuses = [] } = await compute().virtualMachines.instanceView(...named(ref))
    expect(statuses.map(({ code }) => code)).toEqual(['ProvisioningState/succeeded', 'PowerState/deallocated'])
    await compute().virtualMachines.start(...named(ref), POLL)
    expect(cloud.world.machine(ref).power).toBe('running')
  })

  it('are under way as long as they take', async () => {
    const slow = await startAzureCloud({ machines: 3, transitionMs: 3_600_000 })
    const way = { tlsOptions: { ca: slow.ca }, retryOptions: { maxRetries: 0 } }
    const of = { ...way, authorityHost: slow.endpoint, disableInstanceDiscovery: true }
    const key = new ClientSecretCredential(slow.tenantId, slow.clientId, slow.clientSecret, of)
    const client = new ComputeManagementClient(key, slow.world.subscriptions[0] as string, { ...way, endpoint: slow.endpoint })
    const vm = slow.world.machine(slow.world.running)
    await client.virtualMachines.deallocate(vm.resourceGroup, vm.name, POLL).submitted()
    expect(slow.world.machine(slow.world.running).power).toBe('deallocating')
    await slow.stop()
  })

  it('refuse a wrong state with 409', async () => {
    const refused = compute().virtualMachines.restart(...named(cloud.world.off), POLL)
    await expect(refused).rejects.toMatchObject({ statusCode: 409, code: 'OperationNotAllowed' })
  })

  it('can be accepted and fail', async () => {
    cloud.world.failNext(cloud.world.off, { code: 'AllocationFailed', message: 'Allocation failed.' })
    await expect(compute().virtualMachines.start(...named(cloud.world.off), POLL)).rejects.toThrow('Allocation failed.')
    expect(cloud.world.machine(cloud.world.off)).toMatchObject({ power: 'deallocated', provisioning: 'Failed' })
  })

  it('set tags and sizes, and delete but for a lock', async () => {
    const ref = cloud.world.add({ tags: { env: 'test' } })
    const vm = await compute().virtualMachines.update(...named(ref), { tags: { env: 'prod', emoji: '🚚' } }, POLL)
    expect(vm.tags).toEqual({ env: 'prod', emoji: '🚚' })
    await compute().virtualMachines.update(...named(ref), { hardwareProfile: { vmSize: 'Standard_B2s' } }, POLL)
    expect(cloud.world.machine(ref).size).toBe('Standard_B2s')
    cloud.world.lock(ref)
    const [group, name] = named(ref)
    await expect(compute().virtualMachines.delete(group, name, POLL)).rejects.toMatchObject({ statusCode: 409, code: 'ScopeLocked' })
    cloud.world.unlock(ref)
    await compute().virtualMachines.delete(group, name, POLL)
    await expect(compute().virtualMachines.get(group, name)).rejects.toMatchObject({ statusCode: 404, code: 'ResourceNotFound' })
  })

  it('make a machine with its card and address', async () => {
    const network = new NetworkManagementClient(credential, first(), arm())
    const [vnet] = await all(network.virtualNetworks.listAll())
    const location = vnet?.location ?? ''
    const publicIPAddress = await network.publicIPAddresses.createOrUpdate('Shop', 'made-ip', { location }, POLL)
    const ipConfigurations = [
      { name: 'ip', subnet: { id: vnet?.subnets?.[0]?.id ?? '' }, publicIPAddress: { id: publicIPAddress.id ?? '' } },
    ]
    const nic = await network.networkInterfaces.createOrUpdate('Shop', 'made-nic', { location, ipConfigurations }, POLL)
    const ssh = { publicKeys: [{ path: '/home/me/.ssh/authorized_keys', keyData: 'ssh-ed25519 AAAA' }] }
    await compute().virtualMachines.createOrUpdate(
      'Shop',
      'made',
      {
        location,
        hardwareProfile: { vmSize: 'Standard_B1s' },
        storageProfile: { imageReference: { publisher: 'Canonical', offer: 'ubuntu-24_04-lts', sku: 'server', version: 'latest' } },
        osProfile: { computerName: 'made', adminUsername: 'me', linuxConfiguration: { disablePasswordAuthentication: true, ssh } },
        networkProfile: { networkInterfaces: [{ id: nic.id ?? '' }] },
      },
      POLL,
    )
    const made = [...cloud.world.machines.values()].find(({ name }) => name === 'made')
    expect(made).toMatchObject({ power: 'running', provisioning: 'Succeeded', nics: [{ publicIp: { name: 'made-ip' } }] })
  })

  it('are told by the activity log with the caller id of each', async () => {
    const ref = cloud.world.running
    const requestOptions = { headers: { 'x-ms-client-request-id': 'b6a7f3f4-4c1f-4b0e-9a53-0c7d8b2f1e11' } }
    await compute().virtualMachines.restart(...named(ref), { ...POLL, requestOptions })
    const filter = `eventTimestamp ge '${new Date(Date.now() - 60_000).toISOString()}' and resourceUri eq '${ref}'`
    const [line] = await all(new MonitorClient(credential, first(), arm()).activityLogs.list(filter))
    expect(line).toMatchObject({
      httpRequest: { clientRequestId: requestOptions.headers['x-ms-client-request-id'] },
      status: { value: 'Accepted' },
    })
  })

  it('take snapshots, and run a command in the machine', async () => {
    const vm = cloud.world.machine(cloud.world.running)
    const source = { createOption: 'Copy', sourceResourceId: vm.disks[0]?.disk.id ?? '' } as const
    const made = await compute().snapshots.createOrUpdate(vm.resourceGroup, 'snap', { location: vm.location, creationData: source }, POLL)
    expect(made).toMatchObject({ name: 'snap', diskSizeGB: 30 })
    await compute().snapshots.delete(vm.resourceGroup, 'snap', POLL)
    expect(await all(compute().snapshots.list())).toEqual([])
    const input = { commandId: 'RunShellScript', script: ['uptime'] }
    const result = await compute().virtualMachines.runCommand(vm.resourceGroup, vm.name, input, POLL)
    expect(result.value?.[0]?.message).toContain('[stdout]\nran on')
  })
})

describe('metrics', () => {
  it('come for all machines of a region in one call', async () => {
    const vm = cloud.world.machine(cloud.world.running)
    const now = Date.now()
    const answer = await new MonitorClient(credential, first(), arm()).metrics.listAtSubscriptionScope(vm.location, {
      timespan: `${new Date(now - 300_000).toISOString()}/${new Date(now).toISOString()}`,
      interval: 'PT1M',
      metricnames: 'Percentage CPU,Network In Total',
      metricnamespace: 'microsoft.compute/virtualmachines',
      aggregation: 'average,total',
      filter: "Microsoft.ResourceId eq '*'",
      top: 1000,
    })
    const series = answer.value[0]?.timeseries?.find((each) => each.metadatavalues?.[0]?.value === cloud.world.running)
    expect(series?.data?.some(({ average = 0 }) => average > 0)).toBe(true)
  })
})

describe('faults', () => {
  it('throttle with the time to wait, which the SDK keeps', async () => {
    cloud.faults.add({ operation: 'VirtualMachines_InstanceView', times: 1, fault: { do: 'throttle', retryAfterS: 1 } })
    const begun = performance.now()
    await compute(3).virtualMachines.instanceView(...named(cloud.world.running))
    expect(performance.now() - begun).toBeGreaterThan(900)
  })

  it.each([
    ['deny', 403, 'AuthorizationFailed'],
    ['throttle', 429, 'OperationNotAllowed'],
    ['revoke', 401, 'InvalidAuthenticationToken'],
  ] as const)('%s with %d', async (fault, statusCode, code) => {
    cloud.faults.add({ operation: 'VirtualMachines_Start', fault: { do: fault } })
    const refused = compute().virtualMachines.start(...named(cloud.world.off), POLL)
    await expect(refused).rejects.toMatchObject({ statusCode, code })
  })

  it('cut a list after its first page', async () => {
    cloud.faults.add({ operation: 'VirtualMachines_ListAll', after: 1, fault: { do: 'half-reply' } })
    await expect(all(compute().virtualMachines.listAll())).rejects.toThrow()
  })

  it('refuse a token that was revoked', async () => {
    cloud.tokens.revokeAll()
    await expect(all(compute().virtualMachines.listAll())).rejects.toMatchObject({ statusCode: 401 })
  })
})

describe('what the SDK has no client for', () => {
  it('is there: permissions, locks, usage and prices', async () => {
    const at = `/subscriptions/${first()}/providers`
    expect(await raw(`${at}/Microsoft.Authorization/permissions?api-version=2022-04-01`)).toMatchObject({ value: [{ actions: ['*'] }] })
    cloud.world.lock(cloud.world.running)
    const locks = await raw(`${at}/Microsoft.Authorization/locks?api-version=2020-05-01`)
    expect(JSON.stringify(locks).toLowerCase()).toContain(cloud.world.running)
    expect(await raw(`${at}/Microsoft.Consumption/usageDetails?api-version=2024-08-01`)).toMatchObject({
      value: expect.arrayContaining([expect.objectContaining({ properties: expect.objectContaining({ billingCurrency: 'USD' }) })]),
    })
    const filter = encodeURIComponent("armRegionName eq 'westeurope' and armSkuName eq 'Standard_B1s'")
    const prices = await raw(`/api/retail/prices?$filter=${filter}`)
    expect(prices).toMatchObject({ NextPageLink: null, Items: expect.arrayContaining([expect.objectContaining({ retailPrice: 0.0104 })]) })
  })
})

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

/** Without an SDK: some services have no client of theirs here. */
async function raw(path: string): Promise<Record<string, unknown>> {
  const { request } = await import('node:https')
  const { json } = await import('node:stream/consumers')
  const headers = { authorization: `Bearer ${cloud.tokens.issue()}` }
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, cloud.endpoint), { ca: cloud.ca, headers }, (answer) => {
      json(answer).then((value) => resolve(value as Record<string, unknown>), reject)
    })
    sent.on('error', reject).end()
  })
}
