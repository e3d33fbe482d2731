import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ConnectOptions, connectLibvirt, constants, getAllDomainStats, type LibvirtClient, listAllDomains, openHost } from './index.ts'
import { rejection } from './testing/fake-client.ts'
import { describeWithLibvirtd, type PrivateLibvirtd, startPrivateLibvirtd, testDriverXml } from './testing/private-libvirtd.ts'
import { until } from './testing/until.ts'

describeWithLibvirtd('a real libvirtd', () => {
  let daemon: PrivateLibvirtd
  const clients: LibvirtClient[] = []

  beforeAll(async () => {
    daemon = await startPrivateLibvirtd()
  })

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()))
    await daemon.stop()
  })

  async function connect(uri: string, options: Partial<ConnectOptions> = {}): Promise<LibvirtClient> {
    const client = await connectLibvirt({ stream: await daemon.open(), uri, timeoutMs: 120_000, ...options })
    clients.push(client)
    return client
  }

  /** The test driver's one domain, as it is now. */
  async function testDomain(client: LibvirtClient) {
    return (await client.call('domainLookupByName', { name: 'test' })).dom
  }

  test('connecting tells version, features and keepalive', async () => {
    const client = await connect('test:///default')
    expect(client.facts.version.major).toBeGreaterThanOrEqual(5)
    expect(client.facts.auth).toBe('none')
    expect([...client.facts.features]).toEqual(expect.arrayContaining(['keepalive', 'event-callbacks', 'typed-param-string']))
    expect(await client.call('connectGetType')).toEqual({ type: 'TEST' })
  })

  test('a machine’s life, with the events that it makes', async () => {
    const client = await connect('test:///default')
    const seen: number[] = []
    const subscription = await client.events.subscribe('domain.lifecycle', ({ event }) => seen.push(event))
    const dom = await testDomain(client)
    await client.call('domainSuspend', { dom })
    await client.call('domainResume', { dom })
    await client.call('domainDestroyFlags', { dom })
    await client.call('domainCreateWithFlags', { dom })
    const { STARTED, SUSPENDED, RESUMED, STOPPED } = {
      STARTED: constants.VIR_DOMAIN_EVENT_STARTED,
      SUSPENDED: constants.VIR_DOMAIN_EVENT_SUSPENDED,
      RESUMED: constants.VIR_DOMAIN_EVENT_RESUMED,
      STOPPED: constants.VIR_DOMAIN_EVENT_STOPPED,
    }
    await until(() => seen.length === 4, 'four events')
    expect(seen).toEqual([SUSPENDED, RESUMED, STOPPED, STARTED])
    await subscription.close()
    await client.call('domainSuspend', { dom: await testDomain(client) })
    expect(seen.length).toBe(4)
  })

  test('an event of one connection reaches another', async () => {
    const client = await connect('qemu:///session')
    const other = await connect('qemu:///session')
    const seen: string[] = []
    await client.events.subscribe('storage-pool.lifecycle', ({ pool, event }) => seen.push(`${pool.name} ${event}`))
    const xml = `<pool type='dir'><name>events</name><target><path>${daemon.folder}/run</path></target></pool>`
    const { pool } = await other.call('storagePoolDefineXml', { xml })
    await other.call('storagePoolUndefine', { pool })
    await until(() => seen.length === 2, 'both events')
    expect(seen).toEqual(['events 0', 'events 1'])
  })

  test('the daemon’s errors arrive whole', async () => {
    const client = await connect('test:///default')
    const dom = await testDomain(client)
    expect(await rejection(client.call('domainLookupByName', { name: 'no "such" ☃' }))).toMatchObject({ kind: 'not-found', number: 42 })
    expect(await rejection(client.call('domainCreateWithFlags', { dom }))).toMatchObject({
      code: 'libvirt.internal-error',
      level: 2,
      sent: true,
    })
    expect(await rejection(client.call('domainDefineXml', { xml: '<domain' }))).toMatchObject({ kind: 'invalid-input', domain: 20 })
  })

  test('a read-only connection may look and not touch', async () => {
    const client = await connect('test:///default', { readOnly: true })
    const dom = await testDomain(client)
    expect((await client.call('domainGetInfo', { dom })).nrVirtCpu).toBe(2)
    expect(await rejection(client.call('domainDestroyFlags', { dom }))).toMatchObject({ kind: 'forbidden' })
  })

  test('names of every kind go there and back', async () => {
    const client = await connect('test:///default')
    for (const name of ['with space', '"quoted" \'twice\'', '☃ 🦀', 'x'.repeat(255)]) {
      const escaped = name.replaceAll('"', '&quot;').replaceAll("'", '&apos;')
      const xml = `<domain type='test'><name>${escaped}</name><memory>1024</memory><os><type>hvm</type></os></domain>`
      const { dom } = await client.call('domainDefineXml', { xml })
      expect(dom.name).toBe(name)
      expect((await client.call('domainLookupByName', { name })).dom).toEqual(dom)
    }
  })

  test('snapshots, networks, pools, interfaces and secrets answer', async () => {
    const client = await connect('test:///default')
    const dom = await testDomain(client)
    const { snap } = await client.call('domainSnapshotCreateXml', { dom, xmlDesc: '<domainsnapshot><name>one</name></domainsnapshot>' })
    expect(snap).toEqual({ name: 'one', dom })
    expect((await client.call('domainListAllSnapshots', { dom, needResults: 1 })).snapshots).toEqual([snap])
    expect((await client.call('connectListAllNetworks', { needResults: 1 })).nets.map((net) => net.name)).toEqual(['default'])
    expect((await client.call('connectListAllStoragePools', { needResults: 1 })).pools.map((pool) => pool.name)).toEqual(['default-pool'])
    expect((await client.call('connectListAllInterfaces', { needResults: 1 })).ifaces[0]).toMatchObject({ name: 'eth1' })
    const session = await connect('qemu:///session')
    expect((await session.call('connectListAllSecrets', { needResults: 1 })).secrets).toEqual([])
    expect((await session.call('nodeGetInfo')).cpus).toBeGreaterThan(0)
  })

  test('a screenshot comes as a stream', async () => {
    const client = await connect('test:///default')
    const { ret, stream } = await client.openStream('domainScreenshot', { dom: await testDomain(client), screen: 0 })
    const chunks: Buffer[] = []
    for await (const bytes of stream.bytes()) chunks.push(bytes)
    await stream.finish()
    expect(ret.mime).toBe('image/png')
    expect(Buffer.concat(chunks).subarray(1, 4).toString()).toBe('PNG')
  })

  test('1,000 calls at once are answered', async () => {
    const client = await connect('test:///default')
    const dom = await testDomain(client)
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => client.call('domainGetXmlDesc', { dom })))
    expect(new Set(answers.map((answer) => answer.xml)).size).toBe(1)
  })

  test('20,000 domains are listed in two parts, and so are their statistics', async () => {
    const path = join(daemon.folder, 'many.xml')
    writeFileSync(path, testDriverXml(10_000, 10_000))
    chmodSync(path, 0o644)
    const client = await connect(`test://${path}`)
    const domains = await listAllDomains(client)
    expect(new Set(domains.map((dom) => dom.name)).size).toBe(20_000)
    const stats = await getAllDomainStats(client, { groups: ['state'] })
    expect(stats.filter((record) => record.state?.state === constants.VIR_DOMAIN_RUNNING).length).toBe(10_000)
    expect(stats.length).toBe(20_000)
  })

  test('a host is opened over its one socket', async () => {
    const host = await openHost({ uri: 'test:///default', open: () => daemon.open() })
    expect(host.daemons).toBe('monolithic')
    expect((await host.call('connectListAllStoragePools', { needResults: 1 })).pools.length).toBe(1)
    await host.close()
    expect((await host.closed).code).toBe('libvirt.connection-closed')
  })
})

describeWithLibvirtd('a libvirtd that dies', () => {
  test('ends what waits: a read is unreachable, a change indeterminate', async () => {
    const daemon = await startPrivateLibvirtd()
    const client = await connectLibvirt({ stream: await daemon.open(), uri: 'test:///default' })
    const { dom } = await client.call('domainLookupByName', { name: 'test' })
    daemon.kill()
    const read = rejection(client.call('domainGetInfo', { dom }))
    const change = rejection(client.call('domainSuspend', { dom }))
    expect(await read).toMatchObject({ kind: 'unreachable', sent: true })
    expect(await change).toMatchObject({ kind: 'indeterminate', sent: true })
    expect(await client.closed).toMatchObject({ kind: 'unreachable' })
    await daemon.stop()
  })
})
