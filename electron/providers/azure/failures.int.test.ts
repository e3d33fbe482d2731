import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startAzureCloud } from '../../../e2e/lab/clouds/azure/index.ts'
import type { AppError } from '../../../shared/errors/index.ts'
import type { CloudLink } from '../cloud/index.ts'
import { failure } from '../conformance/fixture.ts'
import { Recorder } from '../conformance/index.ts'
import { azureProvider } from './index.ts'
import { type AzureBench, ports, startBench } from './testing/azure-bench.ts'

/** What no page, log or journal may ever show. */
const SECRET = 'correct horse battery staple'

let bench: AzureBench
const links: CloudLink[] = []

beforeEach(async () => {
  bench = await startBench({ machines: 120, pageSize: 40 })
})
afterEach(async () => {
  for (const link of links.splice(0)) await link.close()
  await bench.stop()
})

async function watched(): Promise<{ readonly link: CloudLink; readonly seen: Recorder }> {
  const link = await bench.link()
  links.push(link)
  const seen = new Recorder()
  await link.watch(seen, {})
  return { link, seen }
}

function everything(error: AppError): string {
  return JSON.stringify([error.message, error.details, error.remote, error.stack])
}

describe('credentials', () => {
  it.each([
    ['an expired secret', {}, 'cloud.credentials-expired', 'AADSTS7000222'],
    ['a wrong secret', { clientSecret: `${SECRET} but wrong` }, 'cloud.credentials-refused', 'AADSTS7000215'],
  ])('%s is told as that, with Azure’s own number and without the secret', async (_, secrets, code, number) => {
    bench.cloud.tokens.secretExpired = true
    const connecting = azureProvider.connect(bench.config, { ...bench.secrets, ...secrets }, ports, {})
    const error = await failure(connecting, 'unauthenticated', code)
    expect(error.remote?.['code']).toBe(number)
    expect(everything(error)).not.toContain(SECRET)
  })

  it('no secret at all asks for it', async () => {
    const error = await failure(azureProvider.connect(bench.config, {}, ports, {}), 'unauthenticated', 'azure.secret-missing')
    expect(error.details).toEqual({ field: 'clientSecret' })
  })

  it('a certificate that is none is told', async () => {
    const config = { ...bench.config, login: 'certificate' as const }
    const secrets = { certificate: 'no certificate', certificatePassword: SECRET }
    const error = await failure(azureProvider.connect(config, secrets, ports, {}), 'unauthenticated')
    expect(everything(error)).not.toContain(SECRET)
  })

  it('without the Azure CLI its login says what to do', async () => {
    const config = { ...bench.config, login: 'cli' as const }
    const path = process.env['PATH']
    process.env['PATH'] = '/nowhere'
    const error = await failure(azureProvider.connect(config, {}, ports, {}), 'unauthenticated', 'azure.cli-not-ready')
    process.env['PATH'] = path
    expect(error.message).toContain('az login')
  })
})

it('a token is renewed before its end', async () => {
  const brief = await startBench({ machines: 4, tokenLifetimeS: 3 })
  const link = await brief.link()
  const seen = new Recorder()
  await link.watch(seen, {})
  await expect.poll(() => brief.cloud.faults.count('Token')).toBeGreaterThan(1)
  await link.refresh({})
  expect(seen.known.machine.size).toBe(4)
  await link.close()
  await brief.stop()
})

describe('the way', () => {
  it('a server whose authority is not known is not trusted', async () => {
    const config = { ...bench.config, caFile: undefined }
    await failure(azureProvider.connect(config, bench.secrets, ports, {}), 'unreachable')
    // logged in elsewhere, the token goes to no such server either
    expect(bench.cloud.faults.count('Token')).toBe(0)
  })

  it('a CA file that cannot be read is named', async () => {
    const error = await failure(
      azureProvider.connect({ ...bench.config, caFile: '/nowhere/ca.pem' }, bench.secrets, ports, {}),
      'invalid-input',
      'azure.ca-file',
    )
    expect(error.details).toEqual({ caFile: '/nowhere/ca.pem' })
  })

  it('a link to another server is not followed, and no token goes there', async () => {
    const other = await startAzureCloud({ machines: 1 })
    const { link, seen } = await watched()
    const before = seen.known.machine.size
    bench.cloud.misleadTo(other.endpoint)
    const error = await failure(link.refresh({}), 'protocol', 'cloud.foreign-link')
    expect(error.details['host']).toBe(new URL(other.endpoint).host)
    expect(other.faults.count('VirtualMachines_ListAll')).toBe(0)
    expect(seen.known.machine.size).toBe(before)
    await other.stop()
  })

  it('a signed link is opened without a token', async () => {
    const { link } = await watched()
    expect(await link.cloud.serialOutput(bench.cloud.world.running, {})).toContain('Linux version')
    expect(bench.cloud.leaks()).toBe(0)
  })
})

describe('refusals', () => {
  it('a missing permission is named', async () => {
    const { link } = await watched()
    bench.cloud.faults.add({ operation: 'VirtualMachines_PowerOff', fault: { do: 'deny' } })
    const error = await failure(link.act(bench.cloud.world.running, { action: 'powerOff' }, {}), 'forbidden', 'cloud.permission-missing')
    expect(error.details).toMatchObject({ permission: 'Microsoft.Compute/virtualMachines/powerOff/action' })
    expect(error.remote).toMatchObject({ status: 403, code: 'AuthorizationFailed', requestId: expect.stringMatching(/./) })
  })

  it.each([
    ['AllocationFailed', 'exhausted', 'cloud.no-capacity', { type: 'Standard_B1s' }],
    ['QuotaExceeded', 'exhausted', 'cloud.quota', { quota: 'Azure’s own words.' }],
    ['VMStartTimedOut', 'remote-failure', 'cloud.failed-there', {}],
  ] as const)('an operation that was accepted and fails with %s says so', async (native, kind, code, details) => {
    const { link, seen } = await watched()
    bench.cloud.world.failNext(bench.cloud.world.off, { code: native, message: 'Azure’s own words.' })
    const error = await failure(link.act(bench.cloud.world.off, { action: 'start' }, {}), kind, code)
    expect(error.remote).toMatchObject({ code: native, message: 'Azure’s own words.' })
    expect(error.details).toEqual(details)
    await link.refresh({})
    expect(seen.machine(bench.cloud.world.off)?.attention).toMatchObject({ code: 'azure.operation-failed' })
  })

  it('an operation that never ends is given up with words', async () => {
    const { link } = await watched()
    bench.cloud.world.stall(bench.cloud.world.off)
    const error = await failure(link.act(bench.cloud.world.off, { action: 'start' }, { timeoutMs: 5_000 }), 'timeout')
    expect(error.code).toBe('cloud.operation-never-ended')
  })

  it('a disabled subscription can be looked at and not changed', async () => {
    bench.cloud.world.disabled.add(bench.cloud.world.subscriptions[0] as string)
    const { link, seen } = await watched()
    expect(seen.machine(bench.cloud.world.running)?.state).toBe('running')
    await failure(link.act(bench.cloud.world.running, { action: 'powerOff' }, {}), 'precondition', 'azure.subscription-disabled')
  })

  it('a lock that came behind the console’s back holds up a deletion, and leaves the disks’ fate as it was', async () => {
    const { world } = bench.cloud
    const { link, seen } = await watched()
    const diskKeys = seen.machine(world.running)?.cloud?.disks.map(({ id }) => id) ?? []
    world.lock(world.running)
    const deletion = { action: 'delete', diskKeys, withSnapshots: true, withNvram: true, withTpm: true, withManagedSave: true } as const
    await failure(link.act(world.running, { ...deletion, diskKeys }, {}), 'precondition', 'machine.protected')
    expect(world.machine(world.running).disks.map(({ deleteOption }) => deleteOption)).toEqual(['Detach', 'Detach'])
  })
})

describe('what may be missing', () => {
  it('without Resource Graph the addresses come by the lists', async () => {
    bench.cloud.faults.add({ operation: 'ResourceGraph_Resources', fault: { do: 'deny' } })
    const { seen } = await watched()
    expect(seen.machine(bench.cloud.world.running)?.addresses).toHaveLength(2)
    expect(bench.cloud.faults.count('NetworkInterfaces_ListAll')).toBeGreaterThan(0)
  })

  it('without any right on networks, locks and sizes there are still machines', async () => {
    for (const operation of [
      /^ResourceGraph/,
      /^NetworkInterfaces/,
      /^VirtualNetworks/,
      /^ManagementLocks/,
      /^ResourceSkus/,
      /^VirtualMachineSizes/,
    ]) {
      bench.cloud.faults.add({ operation, fault: { do: 'deny' } })
    }
    const { seen } = await watched()
    const machine = seen.machine(bench.cloud.world.running)
    expect(machine).toMatchObject({ state: 'running', addresses: [], vcpus: 0, cloud: { isProtected: null, type: 'Standard_B1s' } })
  })

  it('what only adds to machines and fails takes away nothing that was known', async () => {
    const { link, seen } = await watched()
    const before = seen.machine(bench.cloud.world.running)
    const fault = { do: 'error', status: 500, code: 'InternalServerError', message: 'Down.' } as const
    for (const operation of [/^ResourceGraph/, /^NetworkInterfaces/, /^ManagementLocks/]) bench.cloud.faults.add({ operation, fault })
    const readAnew = async () => {
      await link.refresh({})
      return bench.cloud.faults.count('NetworkInterfaces_ListAll')
    }
    await expect.poll(readAnew).toBeGreaterThan(0)
    expect(seen.machine(bench.cloud.world.running)).toEqual(before)
    expect(seen.unseenHosts.size).toBe(0)
  })

  it('sizes come by the older list where the newer may not be read', async () => {
    bench.cloud.faults.add({ operation: 'ResourceSkus_List', fault: { do: 'deny' } })
    const { seen } = await watched()
    expect(seen.machine(bench.cloud.world.running)).toMatchObject({ vcpus: 1, memoryKiB: 1_048_576 })
  })

  it('subscriptions that are named need no list of them', async () => {
    bench.cloud.faults.add({ operation: 'Subscriptions_List', fault: { do: 'deny' } })
    const [subscription = ''] = bench.cloud.world.subscriptions
    const api = await bench.api({ subscriptions: [subscription] })
    expect((await api.places({})).map(({ ref, facts }) => [ref, facts.name])).toEqual([[subscription, subscription]])
    await failure((await bench.api()).places({}), 'forbidden', 'cloud.permission-missing')
  })

  it('where the list of states has none, the machines are asked one by one', async () => {
    bench.cloud.settings.knowsStatusOnly = false
    const { seen } = await watched()
    expect([...seen.known.machine.values()].map(({ state }) => state)).not.toContain('unknown')
    expect(bench.cloud.faults.count('VirtualMachines_InstanceView')).toBe(seen.known.machine.size)
  })

  it('odd machines are told whole: fifty tags with emoji, an unknown size, a state left out of the list', async () => {
    const { seen } = await watched()
    const all = [...seen.known.machine.values()]
    const tagged = all.find(({ tags }) => tags.length === 50)
    expect(tagged?.tags).toContain('etikett-7=wert 7 🚚')
    expect(all.filter(({ vcpus }) => vcpus === 0).every(({ cloud }) => cloud?.type === 'Standard_A9_v0')).toBe(true)
    expect(all.filter(({ vcpus }) => vcpus === 0)).not.toEqual([])
    expect(all.map(({ state }) => state)).not.toContain('unknown')
  })

  it('what is kept for a machine by a capacity reservation group is told as reserved', async () => {
    const { seen } = await watched()
    const reserved = [...bench.cloud.world.machines].flatMap(([ref, { reservation }]) => (reservation === null ? [] : [ref]))
    const told = [...seen.known.machine].flatMap(([ref, { cloud }]) => (cloud?.purchase === 'reserved' ? [ref] : []))
    expect(told.toSorted()).toEqual(reserved.toSorted())
    expect(told).not.toEqual([])
  })

  it('one subscription that is down from the start leaves the others', async () => {
    const [, other = ''] = bench.cloud.world.subscriptions
    bench.cloud.faults.add({ place: other, fault: { do: 'error', status: 500, code: 'InternalServerError', message: 'Down.' } })
    const { seen } = await watched()
    expect(seen.machine(bench.cloud.world.running)?.state).toBe('running')
    expect(seen.unseenHosts.get(other)?.remote).toMatchObject({ status: 500, code: 'InternalServerError' })
  })
})
