import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { addFirmware } from '../../../../e2e/lab/firmware.ts'
import { type Lab, type LabHost, startLab } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import type { ProviderPorts } from '../../provider.ts'
import { testPorts } from '../testing/ports.ts'
import { HOST_REF } from '../watch.ts'
import { linkOn, orderTo, receiverOf } from './testing/lab-moves.ts'

const UUID = '5b1f9a52-7c1d-4b8e-9c53-6f6f0f9f2b11'
const NVRAM = '/var/lib/libvirt/qemu/nvram/uefi_VARS.fd'
/** Behind all that the firmware itself keeps there. */
const MARK_AT = 400_000
const MARK = 'kept by the guest'

const XML = `<domain type='qemu'>
  <name>uefi</name>
  <uuid>${UUID}</uuid>
  <memory unit='MiB'>128</memory>
  <vcpu>1</vcpu>
  <os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type></os>
  <features><acpi/></features>
  <cpu mode='maximum'/>
  <devices><tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm></devices>
</domain>`

describe.skipIf(!requirePeer('libvirtd').ok)('what firmware and TPM keep', () => {
  let lab: Lab
  let a: LabHost
  let b: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a', 'b'], prefix: 'mw' })
    a = lab.host('a')
    b = lab.host('b')
    await addFirmware(a)
    await addFirmware(b)
    ports = await testPorts()
    await writeFile(join(a.dir, 'uefi.xml'), XML)
    await a.virsh(['define', join(a.dir, 'uefi.xml')])
  })
  afterAll(async () => {
    await lab?.stop()
    await ports?.dispose()
  })

  test('a machine with UEFI and a TPM moves live, and takes along what they keep', async () => {
    const [from, to] = await Promise.all([linkOn(a, ports), linkOn(b, ports)])
    for (const { link } of [from, to]) onTestFinished(() => link.close())
    const { spec } = orderTo(b)
    const off = await from.mover.outgoing(UUID, {})
    expect(await to.mover.incoming(HOST_REF, off, spec, { source: from.mover })).toMatchObject({ hasLoader: true, hasTpm: true })
    // the first start makes the file, the second reads what lies in it
    await a.virsh(['start', UUID])
    await a.virsh(['destroy', UUID])
    await a.exec(`printf '%s' '${MARK}' | dd of=${NVRAM} bs=1 seek=${MARK_AT} conv=notrunc`)
    await a.virsh(['start', UUID])
    const facts = await from.mover.outgoing(UUID, {})
    expect(facts).toMatchObject({ firmware: { nvram: NVRAM }, tpm: { model: 'tpm-crb', backend: 'emulator' } })
    expect(await to.mover.incoming(HOST_REF, facts, spec, { source: from.mover })).toMatchObject({ hasLoader: true, hasTpm: true })
    await from.mover.move(UUID, orderTo(b), receiverOf(to.mover), {})
    expect(await to.mover.standing(UUID, {})).toEqual({ state: 'running', isPersistent: true })
    expect((await b.exec(`dd if=${NVRAM} bs=1 skip=${MARK_AT} count=${MARK.length}`)).stdout).toBe(MARK)
  })
})
