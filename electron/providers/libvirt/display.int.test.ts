import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, type LabHost, startLab } from '../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../e2e/lab/requires.ts'
import type { ProviderConnection, ProviderPorts } from '../provider.ts'
import { libvirtProvider } from './index.ts'
import { testPorts } from './testing/ports.ts'

const ADD = { action: 'addDisplay' } as const

describe.skipIf(!requirePeer('libvirtd').ok)('a VNC display in the definition of a real machine', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'ad' })
    host = lab.host('a')
    ports = await testPorts()
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  async function connected(): Promise<ProviderConnection> {
    const config = libvirtProvider.configSchema.parse({ transport: 'unix', socket: host.socketPath })
    const connection = await libvirtProvider.connect(config, {}, ports, {})
    onTestFinished(() => connection.close())
    return connection
  }

  const definition = (uuid: string) => host.virsh(['dumpxml', '--inactive', '--security-info', uuid])

  /** Defines the machine anew with a change of its text. */
  async function redefine(uuid: string, change: (xml: string) => string): Promise<void> {
    const file = `/tmp/${uuid}.xml`
    const xml = change(await definition(uuid))
    await host.exec(['sh', '-c', `cat > ${file}`], { input: xml })
    await host.virsh(['define', file])
  }

  test('every other line stays as it was: a password, what others wrote, what qemu is told past libvirt', async () => {
    const guest = await host.defineGuest({
      name: 'spice',
      boots: false,
      graphics: 'spice',
      metadata: `<other:notes xmlns:other="urn:other"><devices><!-- </devices> --><x a="&lt;/devices&gt;"/></devices></other:notes>`,
    })
    await redefine(guest.uuid, (xml) =>
      xml
        .replace("<graphics type='spice'", "<graphics type='spice' passwd='sesame12'")
        .replace("<domain type='qemu'", "<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'")
        .replace('</domain>', "<qemu:commandline><qemu:env name='NOTHING' value='&lt;devices/&gt;'/></qemu:commandline></domain>"),
    )
    const before = (await definition(guest.uuid)).split('\n')
    expect(before.join('\n')).toMatch(/passwd='sesame12'[\s\S]*qemu:env name='NOTHING'/)
    const connection = await connected()
    await connection.act(guest.uuid, ADD, {})
    const after = (await definition(guest.uuid)).split('\n')
    const added = after.filter((line) => !before.includes(line)).map((line) => line.trim())
    // its line about the address is the same as that of the other display
    expect(added).toEqual(["<graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'>"])
    expect(before.filter((line) => !after.includes(line))).toEqual([])
    await connection.act(guest.uuid, ADD, {})
    expect((await definition(guest.uuid)).split('\n')).toEqual(after)
  })

  test('without a video device libvirt adds the one it prefers, and the machine starts with both', async () => {
    const guest = await host.defineGuest({ name: 'bare', boots: false })
    expect(await definition(guest.uuid)).not.toContain('<video>')
    const connection = await connected()
    await connection.act(guest.uuid, ADD, {})
    expect(await definition(guest.uuid)).toMatch(/<video>\s*<model type='\w+'/)
    await connection.act(guest.uuid, { action: 'start' }, {})
    expect(await host.virsh(['domdisplay', guest.uuid])).toMatch(/^vnc:\/\/127\.0\.0\.1:\d+/)
  })

  test('a machine that is to have no picture, and one without a definition, are refused', async () => {
    const guest = await host.defineGuest({ name: 'blind', boots: false })
    await redefine(guest.uuid, (xml) => xml.replace('</devices>', "<video><model type='none'/></video></devices>"))
    const connection = await connected()
    await expect(connection.act(guest.uuid, ADD, {})).rejects.toMatchObject({ kind: 'precondition', code: 'machine.video-none' })
    const passing = await host.defineGuest({ name: 'passing', boots: false })
    await passing.start()
    await host.virsh(['undefine', passing.uuid])
    await expect(connection.act(passing.uuid, ADD, {})).rejects.toMatchObject({ kind: 'precondition', code: 'machine.transient' })
  })
})
