import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ConnectionId, type HostId, type Network, networkSpecSchema } from '../../shared/model/index.ts'
import { type Lab, type LabHost, startLab, until } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'
import { engineFolder, failureOf, TestEngine } from './engine.ts'

const spec = (name: string, third: number) =>
  networkSpecSchema.parse({
    name,
    mode: 'nat',
    subnets: [{ address: `10.66.${third}.1`, prefix: 24, dhcp: { start: `10.66.${third}.100`, end: `10.66.${third}.199` } }],
  })

describe.skipIf(!requirePeer('libvirtd').ok)('networks of hosts', () => {
  let lab: Lab
  let host: LabHost
  let folder: string
  let engine: TestEngine
  let connectionIds: readonly ConnectionId[]

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a', 'b'], prefix: 'hn' })
    host = lab.host('a')
    folder = await engineFolder()
    await copyFile(host.knownHostsFile, join(folder, 'home/.ssh/known_hosts'))
    engine = await TestEngine.start({ folder })
    const added = lab.hosts.map(async ({ name, address, keyFile }) => {
      const config = { transport: 'ssh', host: address, user: 'root', keyFile }
      return (await engine.add(name, config, { remember: true })).id
    })
    connectionIds = await Promise.all(added)
    for (const id of connectionIds) await engine.status(id, 'online')
  })
  afterAll(async () => {
    await engine?.stop()
    await lab?.stop()
  })

  const hostId = (at = 0): HostId => {
    const found = engine.hostOf(connectionIds[at] ?? ('' as ConnectionId))
    if (!found) throw new Error('no host')
    return found.id
  }
  const networkNamed = (name: string) =>
    until(`the network ${name}`, async () => engine.all('network').find((each) => each.name === name && each.hostId === hostId()))
  const stateOf = async ({ taskId }: { taskId: Parameters<TestEngine['ended']>[0] }) => (await engine.ended(taskId)).state

  async function made(name: string, third: number): Promise<Network> {
    expect(await stateOf(await engine.client.networks.create({ hostId: hostId(), spec: spec(name, third) }))).toBe('succeeded')
    return await networkNamed(name)
  }

  test('one is made, changed, stopped, started and removed by tasks; the inventory follows', async () => {
    const { networks } = engine.client
    const { id: networkId } = await made('ways', 1)
    const { revision } = await networks.detail({ networkId })
    const host1 = { mac: '52:54:00:00:66:01', name: 'one', address: '10.66.1.20' }
    const edit = { edit: 'addHost', host: host1 } as const
    expect(await stateOf(await networks.edit({ networkId, edit, revision }))).toBe('succeeded')
    expect(await networks.detail({ networkId })).toMatchObject({ hosts: [host1] })
    expect(await failureOf(networks.edit({ networkId, edit, revision }))).toMatchObject({ code: 'network.changed-meanwhile' })
    expect(await failureOf(networks.create({ hostId: hostId(), spec: spec('ways', 2) }))).toMatchObject({ code: 'network.name-taken' })
    expect(await failureOf(networks.create({ hostId: hostId(), spec: spec('overlapping', 1) }))).toMatchObject({
      code: 'network.subnet-taken',
      details: { by: 'ways' },
    })
    // Of what the host itself has only the host knows.
    const ofHost = networkSpecSchema.parse({
      name: 'of-host',
      mode: 'nat',
      subnets: [{ address: host.address.replace(/\d+$/, '77'), prefix: 24 }],
    })
    const { taskId } = await networks.create({ hostId: hostId(), spec: ofHost })
    expect(await engine.ended(taskId)).toMatchObject({ state: 'failed', error: { code: 'network.subnet-taken', details: { by: 'br0' } } })
    expect(await stateOf(await networks.stop({ networkId }))).toBe('succeeded')
    await until('it off', async () => engine.get('network', networkId)?.active === false)
    expect(await stateOf(await networks.start({ networkId }))).toBe('succeeded')
    const off = await networks.edit({
      networkId,
      edit: { edit: 'setAutostart', autostart: false },
      revision: (await networks.detail({ networkId })).revision,
    })
    expect(await stateOf(off)).toBe('succeeded')
    await until('no autostart', async () => engine.get('network', networkId)?.autostart === false)
    const removing = await networks.remove({ networkId })
    expect(await stateOf(removing)).toBe('succeeded')
    await until('it gone', async () => engine.get('network', networkId) === undefined)
  })

  /** Whoever starts it waits until /srv/host/hold is gone. */
  async function holdDnsmasq(): Promise<void> {
    await writeFile(
      join(host.dir, 'dnsmasq'),
      '#!/bin/sh\ntouch /srv/host/begun; while [ -e /srv/host/hold ]; do sleep 0.02; done; exec /srv/host/dnsmasq.real "$@"\n',
      { mode: 0o755 },
    )
    const held =
      'p=$(readlink -f /usr/sbin/dnsmasq); cp "$p" /srv/host/dnsmasq.real; touch /srv/host/hold; mount --bind /srv/host/dnsmasq "$p"'
    await host.exec(held)
  }
  const letGoOfDnsmasq = () => host.exec('umount "$(readlink -f /usr/sbin/dnsmasq)"; rm /srv/host/begun')

  test('the console is killed while the host starts one: afterwards it is there, once and whole', async () => {
    await holdDnsmasq()
    const { taskId } = await engine.client.networks.create({ hostId: hostId(), spec: spec('held', 3) })
    await until('the host at work', async () => (await host.exec('test -e /srv/host/begun')).code === 0)
    await engine.stop('SIGKILL')
    await host.exec('rm /srv/host/hold')
    engine = await TestEngine.start({ folder })
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded' })
    expect(await host.virsh(['net-info', 'held'])).toMatch(/Active: +yes\nPersistent: +yes\nAutostart: +yes/)
    const { id: networkId } = await networkNamed('held')
    const undone = await engine.client.tasks.undo({ taskId })
    expect(await stateOf(undone)).toBe('succeeded')
    expect((await host.virsh(['net-list', '--all', '--name'])).trim().split(/\s+/)).toEqual(['default'])
    await until('it gone', async () => engine.get('network', networkId) === undefined)
    await letGoOfDnsmasq()
  })

  test('a restart cuts a machine off and plugs it back in: ended in the middle, refused by the host, and after somebody else’s', async () => {
    const { id: networkId } = await made('again', 5)
    const guest = await host.defineGuest({ name: 'stays on', network: 'default', boots: false })
    const xml = (await host.virsh(['dumpxml', guest.uuid, '--inactive'])).replace("network='default'", "network='again'")
    await writeFile(join(host.dir, 'on.xml'), xml)
    await host.virsh(['define', join(host.dir, 'on.xml')])
    await guest.start()
    const [tap = ''] = (await host.virsh(['domiflist', guest.uuid])).trim().split(/\s+/)
    const master = async () => (await host.exec(`basename "$(readlink /sys/class/net/${tap}/master)"`)).stdout.trim()
    const detail = () => engine.client.networks.detail({ networkId })
    const plugged = () => until('the card', async () => (await detail()).ports.find(({ isPlugged }) => isPlugged === true))
    await plugged()
    const { bridge, xml: ran } = await detail()
    expect(await failureOf(engine.client.networks.restart({ networkId }))).toMatchObject({
      code: 'network.in-use',
      details: { machines: 'stays on' },
    })

    await holdDnsmasq()
    const { taskId } = await engine.client.networks.restart({ networkId, evenIfUsed: true })
    await until('the host at work', async () => (await host.exec('test -e /srv/host/begun')).code === 0)
    expect(await master()).toBe('')
    await engine.stop('SIGKILL')
    await host.exec('rm /srv/host/hold')
    engine = await TestEngine.start({ folder })
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', params: { machines: ['stays on'], before: ran } })
    await letGoOfDnsmasq()
    expect(await master()).toBe(bridge)
    await plugged()

    // A bridge of the host itself: libvirt keeps it and does not start it.
    const { revision, keptXml } = await detail()
    const edit = { edit: 'setDefinition', xml: (keptXml ?? '').replace(`name='${bridge}'`, "name='br0'") } as const
    expect(await stateOf(await engine.client.networks.edit({ networkId, edit, revision }))).toBe('succeeded')
    const refused = await engine.client.networks.restart({ networkId, evenIfUsed: true })
    expect(await engine.ended(refused.taskId)).toMatchObject({ state: 'failed', error: { code: 'network.start-failed' } })
    expect(await detail()).toMatchObject({ bridge, hasPending: true })
    expect(await master()).toBe(bridge)

    await host.virsh(['net-destroy', 'again'])
    await writeFile(join(host.dir, 'ran.xml'), ran)
    await host.virsh(['net-create', join(host.dir, 'ran.xml')])
    await until('it beside', async () => (await detail()).ports[0]?.isPlugged === false)
    expect(await stateOf(await engine.client.networks.plugIn({ networkId }))).toBe('succeeded')
    expect(await master()).toBe(bridge)
    await plugged()
    expect(await failureOf(engine.client.networks.plugIn({ networkId }))).toMatchObject({ code: 'network.nothing-loose' })
    await host.virsh(['destroy', guest.uuid])
    await host.virsh(['undefine', guest.uuid])
  })

  test('a filter is defined, changed by whoever knows it as it is, and removed', async () => {
    const { networks } = engine.client
    const xml = `<filter name='of-engine'><rule action='drop' direction='in' priority='500'><ip srcipaddr='203.0.113.1'/></rule></filter>`
    expect(await stateOf(await networks.putFilter({ hostId: hostId(), xml, expected: null }))).toBe('succeeded')
    const [filter] = await networks.filters({ hostId: hostId() })
    const other = xml.replace('203.0.113.1', '203.0.113.2')
    expect(await failureOf(networks.putFilter({ hostId: hostId(), xml: other, expected: null }))).toMatchObject({
      code: 'network.filter-changed',
    })
    expect(await stateOf(await networks.putFilter({ hostId: hostId(), xml: other, expected: filter?.xml ?? null }))).toBe('succeeded')
    expect(await host.virsh(['nwfilter-dumpxml', 'of-engine'])).toContain('203.0.113.2')
    expect(await stateOf(await networks.removeFilter({ hostId: hostId(), name: 'of-engine' }))).toBe('succeeded')
    expect(await networks.filters({ hostId: hostId() })).toEqual([])
  })

  test('both hosts are drawn; of one that is cut off the last picture stays, with its age', async () => {
    const hostIds = [hostId(0), hostId(1)]
    const ask = () => engine.client.networks.topology({ hostIds })
    const before = await ask()
    for (const picture of before) {
      expect(picture.unseen).toEqual([])
      expect(picture.nodes.map(({ id }) => id)).toEqual(expect.arrayContaining(['if:br0', 'if:eth0', 'if:virbr0']))
    }
    expect((await engine.client.networks.rates({ hostId: hostId() })).rates.map(({ id }) => id)).toContain('if:eth0')
    await lab.host('b').cutNetwork('reset')
    await until('the loss', async () => engine.connection(connectionIds[1] ?? ('' as ConnectionId)).status !== 'online')
    const [here, away] = await ask()
    expect(here).toMatchObject({ hostId: hostIds[0], unseen: [] })
    expect(away).toMatchObject({
      hostId: hostIds[1],
      nodes: before[1]?.nodes,
      observedAtMs: before[1]?.observedAtMs,
      unseen: [{ code: 'topology.not-live' }],
    })
    await lab.host('b').restoreNetwork()
    await engine.status(connectionIds[1] ?? ('' as ConnectionId), 'online')
    await until('a new picture', async () => (await ask())[1]?.unseen.length === 0)
  })
})
