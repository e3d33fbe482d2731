import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { expect, test } from 'vitest'
import { createPeer } from './testing/peer.ts'

test('definitions are well-formed and agree with the plan and the hardware', async () => {
  const peer = createPeer({ hosts: 2, machines: 200 })
  const connection = await peer.connect()
  for (const { ref, facts } of peer.controls.machines()) {
    const { xml, inactiveXml, hardware } = await connection.detail(ref, {})
    const plan = await connection.deletionPlan(ref, {})
    expect(XMLValidator.validate(xml)).toBe(true)
    expect(inactiveXml === null).toBe(facts.startedAtMs === null || !facts.persistent)
    for (const disk of plan.disks) expect(xml).toContain(`dev='${disk.target}'`)
    const targets = hardware.devices.filter(({ kind }) => kind === 'disk' || kind === 'cdrom').map(({ name }) => name)
    expect(targets).toEqual(plan.disks.map((disk) => disk.target))
    expect(hardware.devices.some(({ kind }) => kind === 'tpm')).toBe(plan.tpm !== null)
    expect(hardware.firmware).toBe(plan.nvram === null ? 'bios' : 'efi')
  }
})

test('odd names and notes are escaped', async () => {
  const peer = createPeer({ hosts: 1, machines: 50 })
  const connection = await peer.connect()
  const ref = peer.controls.machines().find(({ facts }) => facts.state === 'stopped')?.ref ?? ''
  const odd = `a "b" <c> & 'd' 🚚`
  await connection.act(ref, { action: 'rename', name: odd }, {})
  await connection.act(ref, { action: 'setMetadata', title: odd, notes: odd, tags: [odd] }, {})
  const { xml } = await connection.detail(ref, {})
  const { domain } = new XMLParser({ ignoreAttributes: true }).parse(xml) as { domain: Record<string, unknown> }
  expect(domain).toMatchObject({ name: odd, title: odd, metadata: { 'nc:machine': { 'nc:tag': odd, 'nc:notes': odd } } })
})
