import { expect, test } from 'vitest'
import type { DomainRef } from '../../../libvirt/index.ts'
import type { KnownHostDevices } from '../machine-table.ts'
import type { HardwareContext } from './hardware-context.ts'
import { readHostDevices } from './options.ts'

const PCI = (slot: string) => `<device><name>pci_${slot}</name><capability type='pci'><class>0x030000</class><domain>0</domain><bus>0</bus>
  <slot>${Number(slot)}</slot><function>0</function><product id='0x1'>gpu ${slot}</product></capability></device>`
const holds = (slot: string) => `<domain><devices><hostdev mode='subsystem' type='pci'>
  <source><address domain='0x0000' bus='0x00' slot='0x0${slot}' function='0x0'/></source></hostdev></devices></domain>`
const dom = (name: string): DomainRef => ({ name, uuid: name, id: -1 })

/** Three machines, of which `b` has the device in slot 2 and `c` the one in slot 3. */
async function readWith(known: KnownHostDevices | undefined, isDecisive = false) {
  const read: string[] = []
  const answers: Readonly<Record<string, (args: { name: string; dom: DomainRef }) => unknown>> = {
    connectListAllNodeDevices: () => ({ devices: [{ name: '1' }, { name: '2' }, { name: '3' }] }),
    nodeDeviceGetXmlDesc: ({ name }) => ({ xml: PCI(name) }),
    connectListAllDomains: () => ({ domains: ['a', 'b', 'c'].map(dom), ret: 3 }),
    domainGetXmlDesc: (args) => {
      read.push(args.dom.name)
      return { xml: args.dom.name === 'a' ? '<domain/>' : holds(args.dom.name === 'b' ? '2' : '3') }
    },
  }
  const call = async (name: string, args: never) => answers[name]?.(args)
  const context = {
    host: { call },
    dom: dom('a'),
    work: { signal: new AbortController().signal, sent: false },
    knownHostDevices: () => known,
  }
  const devices = await readHostDevices(context as unknown as HardwareContext, isDecisive)
  return { read: read.toSorted(), users: devices.map(({ usedBy }) => usedBy) }
}

test('who holds a device is asked of the machines alone whose definitions are not known', async () => {
  const users = new Map([['pci:0000:00:02.0', 'b']])
  expect(await readWith({ users, unread: [] })).toEqual({ read: [], users: [null, 'b', null] })
  expect(await readWith({ users, unread: [dom('c')] })).toEqual({ read: ['c'], users: [null, 'b', 'c'] })
})

test('of all of them where there is no watch', async () => {
  expect(await readWith(undefined)).toEqual({ read: ['a', 'b', 'c'], users: [null, 'b', 'c'] })
})

test('of all of them before an edit, whatever the watch knows', async () => {
  const users = new Map([['pci:0000:00:02.0', 'gone']])
  expect(await readWith({ users, unread: [] }, true)).toEqual({ read: ['a', 'b', 'c'], users: [null, 'b', 'c'] })
})
