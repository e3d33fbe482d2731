import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, type LabHost, startLab, until } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import { isAppError } from '../../../../shared/errors/index.ts'
import { type NetworkSpec, networkSpecSchema } from '../../../../shared/model/index.ts'
import { Recorder } from '../../conformance/index.ts'
import type { NetworkKeeper, ProviderConnection, ProviderPorts } from '../../provider.ts'
import { libvirtProvider } from '../index.ts'
import { testPorts } from '../testing/ports.ts'
import { HOST_REF } from '../watch.ts'

async function failureOf(call: Promise<unknown>) {
  const error: unknown = await call.then(
    () => new Error('it should have failed'),
    (thrown: unknown) => thrown,
  )
  if (!isAppError(error)) throw error
  return error
}

const spec = (given: Partial<NetworkSpec> & Pick<NetworkSpec, 'name' | 'mode'>) => networkSpecSchema.parse(given)
const subnet = (third: number, dhcp = true) => ({
  address: `10.77.${third}.1`,
  prefix: 24,
  dhcp: dhcp ? { start: `10.77.${third}.100`, end: `10.77.${third}.199` } : null,
})

describe.skipIf(!requirePeer('libvirtd').ok)('networks of a lab host over SSH', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'nw' })
    host = lab.host('a')
    ports = await testPorts()
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  async function connected(): Promise<{ connection: ProviderConnection; networks: NetworkKeeper }> {
    const given = { host: host.address, user: 'root', keyFile: host.keyFile, useSshConfig: false }
    const connection = await libvirtProvider.connect(libvirtProvider.configSchema.parse(given), {}, ports, {
      onHostKey: () => Promise.resolve(true),
    })
    onTestFinished(() => connection.close())
    await connection.watch(new Recorder(), {})
    const { networking } = connection
    if (!networking) throw new Error('no networks')
    return { connection, networks: networking }
  }

  async function made(networks: NetworkKeeper, given: NetworkSpec): Promise<string> {
    const ref = randomUUID()
    await networks.create(HOST_REF, ref, given, {})
    return ref
  }

  const names = async () => (await host.virsh(['net-list', '--all', '--name'])).split('\n').filter((line) => line !== '')

  test.each([
    ['nat', { subnets: [subnet(1)], domain: 'lab.test', mtu: 1400 }],
    ['route', { subnets: [subnet(1, false)], bridge: 'nc-routed' }],
    ['isolated', { subnets: [subnet(1)] }],
    ['open', { subnets: [subnet(1), { address: 'fd00:77::1', prefix: 64, dhcp: null }] }],
    ['bridge', { bridge: 'br0' }],
  ] as const)('%s: made, told of, stopped, started and removed', async (mode, more) => {
    const { networks } = await connected()
    const given = spec({ name: `of-${mode}`, mode, ...more } as Partial<NetworkSpec> & Pick<NetworkSpec, 'name' | 'mode'>)
    const ref = await made(networks, given)
    expect(await host.virsh(['net-info', ref])).toMatch(/Active: +yes\nPersistent: +yes\nAutostart: +yes/)
    const detail = await networks.detail(ref, {})
    expect(detail).toMatchObject({
      mode,
      domain: given.domain,
      mtu: given.mtu,
      subnets: given.subnets,
      hasPending: false,
      ports: [],
      noStop: null,
      noRemove: null,
    })
    expect(detail.bridge ?? '').toMatch(new RegExp(`^${given.bridge ?? 'virbr\\d+'}$`))
    // A second time it is the same network.
    await networks.create(HOST_REF, ref, given, {})
    await networks.stop(ref, false, {})
    expect(await networks.state(ref, {})).toMatchObject({ isActive: false, autostart: true, revision: detail.revision })
    expect(await failureOf(networks.stop(ref, false, {}))).toMatchObject({ kind: 'precondition', code: 'network.off' })
    await networks.start(ref, {})
    expect(await networks.state(ref, {})).toMatchObject({ isActive: true })
    await networks.remove(ref, {})
    expect(await networks.state(ref, {})).toBeNull()
    expect(await names()).toEqual(['default'])
    expect(await failureOf(networks.remove(ref, {}))).toMatchObject({ kind: 'not-found', code: 'network.not-found' })
  })

  test('what is taken or makes no sense is refused before anything is done', async () => {
    const { networks } = await connected()
    const refused = async (given: Partial<NetworkSpec> & Pick<NetworkSpec, 'name' | 'mode'>) => {
      const error = await failureOf(made(networks, spec(given)))
      return { kind: error.kind, code: error.code, ...error.details }
    }
    expect(await refused({ name: 'default', mode: 'isolated' })).toMatchObject({ kind: 'conflict', code: 'network.name-taken', host: 'a' })
    for (const bridge of ['virbr0', 'br0']) {
      expect(await refused({ name: 'other', mode: 'isolated', bridge })).toMatchObject({ kind: 'conflict', code: 'network.bridge-taken' })
    }
    expect(await refused({ name: 'other', mode: 'bridge', bridge: 'eth0' })).toMatchObject({ code: 'network.bridge-missing' })
    const dhcp = null
    // libvirt itself would let a part of another network's subnet pass.
    const part = { name: 'other', mode: 'nat', subnets: [{ address: '192.168.122.129', prefix: 25, dhcp }] } as const
    expect(await refused({ ...part, subnets: [...part.subnets] })).toMatchObject({
      kind: 'conflict',
      code: 'network.subnet-taken',
      by: 'default',
    })
    const ofHost = { address: `${host.address.replace(/\d+$/, '')}77`, prefix: 28, dhcp }
    expect(await refused({ name: 'other', mode: 'nat', subnets: [ofHost] })).toMatchObject({ code: 'network.subnet-taken', by: 'br0' })
    expect(await refused({ name: 'other', mode: 'nat', subnets: [subnet(2), subnet(2)] })).toMatchObject({ code: 'network.subnet-taken' })
    const range = { start: '10.77.2.10', end: '10.77.3.20' }
    expect(await refused({ name: 'other', mode: 'nat', subnets: [{ ...subnet(2), dhcp: range }] })).toMatchObject({
      code: 'network.outside-subnet',
    })
    expect(await refused({ name: 'other', mode: 'nat', device: 'nowhere0', subnets: [subnet(2)] })).toMatchObject({
      code: 'network.device-missing',
    })
    expect(await names()).toEqual(['default'])
  })

  test('a network that its name server keeps from starting leaves nothing, and says what the host said', async () => {
    const { networks } = await connected()
    await writeFile(join(host.dir, 'dnsmasq'), '#!/bin/sh\necho "dnsmasq: no room in the lab" >&2\nexit 2\n', { mode: 0o755 })
    await host.exec('mount --bind /srv/host/dnsmasq "$(readlink -f /usr/sbin/dnsmasq)"')
    onTestFinished(async () => {
      await host.exec('umount "$(readlink -f /usr/sbin/dnsmasq)"')
    })
    const error = await failureOf(made(networks, spec({ name: 'mute', mode: 'nat', subnets: [subnet(3)] })))
    expect(error).toMatchObject({ kind: 'remote-failure', code: 'network.start-failed' })
    expect(error.details.said).toContain('no room in the lab')
    expect(await names()).toEqual(['default'])
  })
})
