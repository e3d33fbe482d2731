import { expect, test } from 'vitest'
import type { LibvirtHost } from '../../../libvirt/index.ts'
import type { KeysByMachine } from '../machine-table.ts'
import type { HardwareContext } from './hardware-context.ts'
import { readHostDevices } from './options.ts'

const CARD = `<device><name>pci_0000_41_00_0</name><capability type='pci'><class>0x020000</class><domain>0</domain><bus>65</bus><slot>0</slot>
  <function>0</function><product>X710</product><iommuGroup number='7'><address domain='0' bus='0x41' slot='0' function='0'/></iommuGroup>
</capability></device>`
const WITH_CARD = `<domain><devices><hostdev mode='subsystem' type='pci'><source><address bus='0x41'/></source></hostdev></devices></domain>`

/** A host with one card, which its machine `now` has by its definition, while the watch knows what it is given. */
function hostWith(known: KeysByMachine | undefined): { readonly context: HardwareContext; readonly asked: string[] } {
  const asked: string[] = []
  const answers: Readonly<Record<string, unknown>> = {
    connectListAllNodeDevices: { devices: [{ name: 'pci_0000_41_00_0' }] },
    nodeDeviceGetXmlDesc: { xml: CARD },
    connectListAllDomains: { domains: [{ name: 'now', uuid: 'n', id: -1 }] },
    domainGetXmlDesc: { xml: WITH_CARD },
  }
  const call = (name: string) => {
    asked.push(name)
    return Promise.resolve(answers[name])
  }
  const host = { call } as unknown as LibvirtHost
  const work = { signal: new AbortController().signal, sent: false }
  const dom = { name: 'own', uuid: 'o', id: -1 }
  return { context: { host, work, dom, knownHostDevices: () => known } as unknown as HardwareContext, asked }
}

const remembered: KeysByMachine = new Map([['t', { name: 'then', keys: ['pci:0000:41:00.0'] }]])

test('a page is told who has a device by what is known already: no definition is read', async () => {
  const { context, asked } = hostWith(remembered)
  expect(await readHostDevices(context, false)).toMatchObject([{ product: 'X710', usedBy: 'then' }])
  expect(asked).toEqual(['connectListAllNodeDevices', 'nodeDeviceGetXmlDesc'])
})

test('before an edit, and as long as not every machine is known, every definition is read', async () => {
  const user = { usedBy: 'now', reason: { code: 'hardware.host-device-used' } }
  expect(await readHostDevices(hostWith(remembered).context, true)).toMatchObject([user])
  expect(await readHostDevices(hostWith(undefined).context, false)).toMatchObject([user])
})
