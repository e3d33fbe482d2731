import { describe, expect, test } from 'vitest'
import type { NetworkDetail } from '../../../shared/model/index.ts'
import { networkLike, poolLike } from './mend-likes.ts'

const KEPT = { name: 'vmstore', autostart: false }

describe('a pool like another host’s', () => {
  test('the same folder, which is made where it is missing', () => {
    const xml =
      "<pool type='dir'><name>vmstore</name><uuid>1</uuid><capacity>9</capacity><source/><target><path>/srv/vmstore</path></target></pool>"
    expect(poolLike(KEPT, xml)).toEqual({
      name: 'vmstore',
      source: { type: 'dir', path: '/srv/vmstore' },
      autostart: false,
      build: true,
      overwrite: false,
    })
  })

  test('the same export, mounted at the same place', () => {
    const source = "<source><host name='nas'/><dir path='/export/vm'/><format type='nfs'/></source>"
    const xml = `<pool type='netfs'><name>vmstore</name>${source}<target><path>/mnt/vm</path></target></pool>`
    expect(poolLike(KEPT, xml).source).toEqual({ type: 'netfs', host: 'nas', exportPath: '/export/vm', format: 'nfs', path: '/mnt/vm' })
  })

  test.each([
    [
      'a volume group of its own',
      "<pool type='logical'><name>vmstore</name><source><name>vg0</name></source><target><path>/dev/vg0</path></target></pool>",
    ],
    [
      'a login',
      "<pool type='netfs'><source><host name='nas'/><dir path='/e'/><auth type='cifs'/></source><target><path>/mnt</path></target></pool>",
    ],
    ['no place', "<pool type='dir'><name>vmstore</name></pool>"],
  ])('%s cannot be made alike by itself', (_what, xml) => {
    expect(() => poolLike(KEPT, xml)).toThrow(expect.objectContaining({ kind: 'unsupported', code: 'migration.cannot-make-alike' }))
  })
})

const DETAIL: NetworkDetail = {
  revision: 'r',
  xml: '',
  keptXml: null,
  hasPending: false,
  mode: 'nat',
  bridge: 'virbr7',
  domain: 'prod.test',
  mtu: 9_000,
  subnets: [{ address: '10.1.0.1', prefix: 24, dhcp: { start: '10.1.0.10', end: '10.1.0.99' } }],
  hosts: [{ mac: '52:54:00:00:00:01', name: 'web', address: '10.1.0.10' }],
  dnsHosts: [],
  portGroups: [],
  leases: [],
  ports: [],
  noStop: null,
  noRemove: null,
  observedAtMs: 0,
}

describe('a network like another host’s', () => {
  test('NAT: the same subnet, and a bridge that the host names', () => {
    expect(networkLike({ name: 'prod', autostart: null }, DETAIL)).toMatchObject({
      name: 'prod',
      mode: 'nat',
      bridge: null,
      subnets: DETAIL.subnets,
      domain: 'prod.test',
      mtu: 9_000,
      autostart: true,
    })
  })

  test('a bridge of the host keeps its name', () => {
    const spec = networkLike({ name: 'lan', autostart: false }, { ...DETAIL, mode: 'bridge', bridge: 'br0', domain: null, mtu: null })
    expect(spec).toMatchObject({ mode: 'bridge', bridge: 'br0', subnets: [], autostart: false })
  })

  test('what hands out devices is made by hand', () => {
    expect(() => networkLike({ name: 'sriov', autostart: true }, { ...DETAIL, mode: 'hostdev' })).toThrow(
      expect.objectContaining({ code: 'migration.cannot-make-alike' }),
    )
  })
})
