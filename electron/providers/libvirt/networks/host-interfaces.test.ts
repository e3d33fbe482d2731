import { expect, onTestFinished, test } from 'vitest'
import { AppError } from '../../../../shared/errors/index.ts'
import { openHost } from '../../../libvirt/index.ts'
import { FakeClock } from '../../../libvirt/testing/fake-clock.ts'
import { FakeDaemon, FakeFailure } from '../../../libvirt/testing/fake-daemon.ts'
import { TransportError } from '../../../libvirt/transport/index.ts'
import type { HostShell } from '../host-shell.ts'
import { lookAtHost } from './host-interfaces.ts'
import type { NetworkContext } from './network-context.ts'

const NO_SUPPORT = 3
const GONE = 57
const silent = () => undefined

/** What a host tells that answers so; `asked` are the calls that it took. */
async function told(script: (daemon: FakeDaemon) => void, shell: HostShell | null = null) {
  const daemon = new FakeDaemon()
  for (const name of ['connectListAllInterfaces', 'connectListAllNodeDevices'] as const) {
    daemon.on(name, () => {
      throw new FakeFailure(NO_SUPPORT, 'this function is not supported by the connection driver')
    })
  }
  script(daemon)
  const host = await openHost({ open: () => Promise.resolve(daemon.stream), daemons: 'monolithic', clock: new FakeClock() })
  onTestFinished(() => host.close())
  const before = daemon.calls.length
  const work = { signal: new AbortController().signal, sent: false }
  const log = { debug: silent, info: silent, warn: silent, error: silent }
  const context = { host, shell, work, log, watch: silent } as unknown as NetworkContext
  const seen = await lookAtHost(context)
  return { ...seen, unseen: seen.unseen.map(({ code }) => code), asked: daemon.calls.slice(before).map(({ name }) => name) }
}

const shellOf = (run: HostShell['run']): HostShell => ({ run })

function withInterfaces(daemon: FakeDaemon): void {
  daemon.on('connectListAllInterfaces', () => ({
    ifaces: [
      { name: 'br0', mac: '' },
      { name: 'gone', mac: '' },
    ],
    ret: 2,
  }))
  daemon.on('interfaceGetXmlDesc', ({ iface }) => {
    if (iface.name === 'gone') throw new FakeFailure(GONE, 'no such interface')
    return { xml: `<interface type='bridge' name='br0'><bridge><interface type='ethernet' name='eno1'/></bridge></interface>` }
  })
}

function withNodeDevices(daemon: FakeDaemon): void {
  daemon.on('connectListAllNodeDevices', () => ({ devices: [{ name: 'net_eno1' }], ret: 1 }))
  const capability = `<capability type='net'><interface>eno1</interface><link state='up'/></capability>`
  daemon.on('nodeDeviceGetXmlDesc', () => ({ xml: `<device><path>/sys/devices/pci/net/eno1</path>${capability}</device>` }))
}

test('where programs can be run, one of them tells everything', async () => {
  const shell = shellOf(() => Promise.resolve({ code: 0, stdout: 'if eno1||1||up|1000|||1|2\nroute 0 eno1\n', stderr: '' }))
  const { host, unseen, asked } = await told(withInterfaces, shell)
  expect(asked).toEqual([])
  expect(unseen).toEqual([])
  expect(host?.interfaces.map(({ name }) => name)).toEqual(['eno1'])
  expect(host?.defaultDevices).toEqual(['eno1'])
})

test.each([
  ['there is no shell', null],
  ['it is no Linux', shellOf(() => Promise.resolve({ code: 3, stdout: '', stderr: '' }))],
  [
    'the user may run nothing',
    shellOf(() => {
      const cause = new TransportError('ssh.exec-forbidden', 'no programs')
      return Promise.reject(new AppError({ kind: 'forbidden', code: 'ssh.exec-forbidden', message: 'no programs', cause }))
    }),
  ],
])('where %s, libvirt is asked; one that has gone meanwhile is left out', async (_why, shell) => {
  const { host, unseen } = await told(withInterfaces, shell)
  expect(unseen).toEqual(['topology.no-routes'])
  expect(host?.interfaces.map(({ name, lower }) => [name, lower])).toEqual([
    ['br0', ['eno1']],
    ['eno1', []],
  ])
  expect([...(host?.names ?? [])]).toEqual(['br0', 'eno1'])
})

test('without the interface driver node devices tell of ports, but not which names are free', async () => {
  const { host, unseen } = await told(withNodeDevices)
  expect(unseen).toEqual(['topology.no-bridges'])
  expect(host).toMatchObject({ interfaces: [{ name: 'eno1', kind: 'physical', isUp: true }], names: null })
})

test('without both nothing is known, and that is said', async () => {
  expect(await told(silent)).toMatchObject({ host: null, unseen: ['topology.no-interfaces'] })
})

test('a link that breaks is no missing driver', async () => {
  const broken = shellOf(() => Promise.reject(new AppError({ kind: 'unreachable', code: 'link.lost', message: 'gone' })))
  await expect(told(withInterfaces, broken)).rejects.toMatchObject({ code: 'link.lost' })
})
