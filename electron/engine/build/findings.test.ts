import { beforeEach, describe, expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { newMac } from './identities.ts'
import { AUTHOR, BuildBench, KEY, order, SIGNAL } from './testing/bench.ts'

let bench: BuildBench
beforeEach(() => {
  bench = new BuildBench()
})

const found = async (more: Parameters<typeof order>[0]) => (await bench.service.check(order(more), SIGNAL)).findings
const codes = async (more: Parameters<typeof order>[0]) => (await found(more)).map(({ code }) => code)
const spec = (more: object) => ({ ...order().spec, ...more })
const user = { name: 'ada', sshKeys: [KEY] }

test('nothing stands in the way of a good order', async () => {
  expect(await bench.service.check(order({ count: 3 }), SIGNAL)).toEqual({ names: ['web-01', 'web-02', 'web-03'], findings: [] })
})

describe('names', () => {
  test('a name that is taken, by a pattern: the next numbers that are free', async () => {
    for (const name of ['web-02', 'web-04']) bench.addMachine(name)
    expect(await found({ count: 3 })).toMatchObject([
      { code: 'build.name-taken', severity: 'blocks', field: 'name', params: { names: 'web-02' }, mend: { field: 'first', value: 5 } },
    ])
  })

  test('a single name that is taken: with a number', async () => {
    for (const name of ['db', 'db-2']) bench.addMachine(name)
    expect(await found({ name: 'db' })).toMatchObject([{ mend: { field: 'name', value: 'db-3' } }])
  })

  test('a machine of that name on another host does not matter', async () => {
    bench.addMachine('web-01', { hostId: 'c1.h.y' as never })
    expect(await codes({})).toEqual([])
  })

  test('a name that is just being made', async () => {
    bench.host.addVolume('default/debian-12.qcow2')
    bench.host.disturb.set('create default/web-01.qcow2', () => new Promise(() => {}))
    await bench.service.create(order(), AUTHOR, SIGNAL)
    expect(await codes({})).toContain('build.name-taken')
  })

  test.each([
    ['n'.repeat(128), 2, ['build.bad-name']],
    ['密码', 1, ['build.no-host-name']],
    ['WEB-{n}', 2, []],
    ['a.b-{n}', 2, []],
    [`${'n'.repeat(70)}-{n}`, 2, ['build.host-name-twice']],
  ])('%s, %i of them', async (name, count, expected) => {
    expect(await codes({ name, count })).toEqual(expected)
  })

  test('a domain that is none', async () => {
    expect(await codes({ cloudInit: { user, domain: 'not a domain' } })).toEqual(['build.bad-domain'])
  })
})

describe('addresses', () => {
  const fixed = (address: string, gateway?: string) => ({
    user,
    network: { kind: 'static' as const, address, ...(gateway && { gateway }) },
  })

  test.each([
    ['192.0.2.253/24', '192.0.2.1', 3, 'build.address-reserved', '192.0.2.2/24'],
    ['192.0.2.9/28', undefined, 20, 'build.addresses-run-out', null],
    ['192.0.2.8/24', '192.0.2.10', 3, 'build.address-is-gateway', '192.0.2.11/24'],
    ['2001:db8::fffe/112', undefined, 3, 'build.addresses-run-out', '2001:db8::1/112'],
    ['2001:db8::/64', undefined, 1, 'build.address-reserved', '2001:db8::1/64'],
  ] as const)('%s via %s for %i: %s, mended by %s', async (address, gateway, count, code, mended) => {
    const [first] = await found({ count, cloudInit: fixed(address, gateway) })
    expect(first).toMatchObject({ code, severity: 'blocks', field: 'cloudInit.network.address' })
    expect(first?.mend?.value ?? null).toBe(mended)
  })

  test('an address that another machine has', async () => {
    bench.addMachine('db', { addresses: ['fe80::1', '192.0.2.11'] })
    expect(await found({ count: 3, cloudInit: fixed('192.0.2.10/24') })).toMatchObject([
      {
        code: 'build.address-taken',
        severity: 'warns',
        params: { machine: 'db', address: '192.0.2.11' },
        mend: { value: '192.0.2.12/24' },
      },
    ])
  })

  test.each([
    [fixed('192.0.2.9/24', '198.51.100.1'), 'build.gateway-outside'],
    [fixed('192.0.2.9/24', '2001:db8::1'), 'build.gateway-family'],
  ])('a gateway that does not fit', async (cloudInit, code) => {
    expect(await codes({ cloudInit })).toEqual([code])
  })

  test('a gateway of IPv6 may be link-local; of two addresses both are for machines', async () => {
    expect(await codes({ cloudInit: fixed('2001:db8::9/64', 'fe80::1') })).toEqual([])
    expect(await codes({ cloudInit: fixed('192.0.2.0/31'), count: 2 })).toEqual([])
  })

  test('a network without a card', async () => {
    expect(await codes({ cloudInit: fixed('192.0.2.9/24'), spec: spec({ nics: [] }) })).toEqual(['build.no-card'])
  })
})

describe('first start', () => {
  test.each([
    [{ user: { name: 'ada' } }, ['build.nobody-can-log-in']],
    [{}, ['build.no-user']],
    [null, ['build.no-cloud-init']],
    [{ user: { ...user, sudo: 'password' as const } }, ['build.sudo-needs-password']],
    [{ user: { name: 'ada', password: 'p'.repeat(600) } }, ['build.bad-password']],
    [{ userData: 'hostname: web' }, ['build.bad-user-data']],
    [{ userData: '#cloud-config\nhostnam: web\npakages: []\n' }, ['build.unknown-key', 'build.unknown-key']],
    [{ userData: '#cloud-config\n' }, []],
  ])('%o', async (cloudInit, expected) => {
    expect(await codes({ cloudInit })).toEqual(expected)
  })

  test('where the seed cannot lie', async () => {
    expect(await codes({ spec: spec({ disks: [] }) })).toEqual(['build.no-pool-for-seed'])
  })
})

describe('cards and disks', () => {
  const nic = { source: { kind: 'network' as const, network: 'default' }, mac: '52:54:00:AA:00:01' }
  const existing = { source: { kind: 'existing' as const, pool: 'default', volume: 'data.img' } }

  test('card addresses that would be there twice', async () => {
    expect(await codes({ spec: spec({ nics: [nic, { ...nic, mac: '52:54:00:aa:00:01' }] }) })).toEqual(['build.mac-twice'])
    expect(await found({ count: 2, spec: spec({ nics: [nic] }) })).toMatchObject([
      { code: 'build.mac-for-many', mend: { field: 'spec.nics.0.mac', value: null } },
    ])
  })

  test('a card address that a machine has, and none that is given out', async () => {
    bench.host.macs.set('52:54:00:aa:00:01', 'db')
    expect(await found({ spec: spec({ nics: [nic] }) })).toMatchObject([
      { code: 'build.mac-taken', severity: 'warns', params: { machine: 'db' }, mend: { value: null } },
    ])
    const chosen = new Set<string>()
    const taken = new Set(['52:54:00:00:00:00'])
    const bytes = [0, 0, 0, 0, 0, 1].values()
    chosen.add(newMac((length) => Uint8Array.from({ length }, () => bytes.next().value ?? 0), taken))
    expect([...chosen]).toEqual(['52:54:00:00:00:01'])
  })

  test('disks that are somebody’s', async () => {
    bench.host.addVolume('default/data.img')
    expect(await codes({ count: 2, spec: spec({ disks: [existing] }) })).toEqual(['build.disk-for-many'])
    expect(await codes({ spec: spec({ disks: [existing, existing] }) })).toEqual(['build.disk-twice'])
    bench.host.defined.set('u', { name: 'db', seed: null, disks: [{ pool: 'default', volume: 'data.img' }] } as never)
    expect(await found({ spec: spec({ disks: [existing] }) })).toMatchObject([{ code: 'build.disk-in-use', params: { machines: 'db' } }])
  })

  test('a raw disk is linked to nothing', async () => {
    const [disk] = order().spec.disks
    const linked = { ...disk, source: { ...disk?.source, mode: 'linked', format: 'raw' } }
    expect(await codes({ spec: spec({ disks: [linked] }) })).toEqual(['build.linked-needs-qcow2'])
  })
})

test('what the provider finds comes with it, what blocks first, nothing twice', async () => {
  const finding = { field: null, text: 'x', params: {}, mend: null }
  bench.host.findings = [
    { ...finding, code: 'build.memory-short', severity: 'warns' },
    { ...finding, code: 'build.pool-full', severity: 'blocks' },
    { ...finding, code: 'build.nobody-can-log-in', severity: 'warns', field: 'cloudInit.user' },
  ]
  expect(await codes({ cloudInit: { user: { name: 'ada' } } })).toEqual([
    'build.pool-full',
    'build.nobody-can-log-in',
    'build.memory-short',
  ])
})

test('a pool that cannot be read is left to the provider’s own check', async () => {
  bench.host.pools.clear()
  expect(await codes({})).toEqual([])
})

test('an operating system that the catalogue does not have', async () => {
  await expect(bench.service.check(order({ spec: spec({ os: 'os2' }) }), SIGNAL)).rejects.toBeInstanceOf(AppError)
})
