import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { addFirmware } from '../../../../e2e/lab/firmware.ts'
import { type Lab, type LabHost, startLab } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import { at, attributeOf, parseXml, textOf } from '../../../xml/index.ts'
import { Recorder } from '../../conformance/index.ts'
import type { MachineBuilder, ProviderConnection, ProviderPorts } from '../../provider.ts'
import { libvirtProvider } from '../index.ts'
import { testPorts } from '../testing/ports.ts'
import { HOST_REF } from '../watch.ts'
import { copyDefinition, newDefinition, WINDOWS } from './testing/definitions.ts'

const SMALL = { cpu: { vcpus: 1, mode: 'maximum' as const }, memoryMiB: 128 }

describe.skipIf(!requirePeer('libvirtd').ok)('a lab host with UEFI firmware and swtpm', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }
  let connection: ProviderConnection
  let builder: MachineBuilder

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'fw' })
    host = lab.host('a')
    await addFirmware(host)
    ports = await testPorts()
    const config = libvirtProvider.configSchema.parse({ transport: 'unix', socket: host.socketPath })
    connection = await libvirtProvider.connect(config, {}, ports, {})
    await connection.watch(new Recorder(), {})
    if (!connection.builder) throw new Error('no builder')
    builder = connection.builder
  })
  afterAll(async () => {
    await connection?.close()
    await lab?.stop()
    await ports?.dispose()
  })

  /** Firmware and its variables of a machine, as QEMU was started with them. */
  async function started(uuid: string): Promise<{ loader: string | null; secure: string | null; nvram: string | null }> {
    await connection.act(uuid, { action: 'start' }, {})
    onTestFinished(() => connection.act(uuid, { action: 'powerOff' }, {}))
    const os = at(parseXml(await host.virsh(['dumpxml', uuid])), 'os')
    return { loader: textOf(os, 'loader'), secure: attributeOf(at(os, 'loader'), 'secure'), nvram: textOf(os, 'nvram') }
  }

  test('it offers them', async () => {
    const { firmwares, tpm } = await builder.options(HOST_REF, {})
    expect(firmwares.map(({ reason }) => reason)).toEqual([null, null, null])
    expect(tpm).toBeNull()
  })

  test.each([
    ['uefi', null, /OVMF_CODE_4M\.fd$/, 'uefi'],
    ['uefi-secure', 'yes', /OVMF_CODE_4M\.ms\.fd$/, 'uefi-secure'],
  ] as const)('%s: libvirt picks the firmware, and a copy has variables of its own', async (firmware, secure, loader, told) => {
    const definition = newDefinition(firmware, { ...SMALL, firmware })
    const { complaint } = await builder.preview(HOST_REF, definition, {})
    expect(complaint).toBeNull()
    await builder.define(HOST_REF, definition, {})
    expect(await builder.source(definition.uuid, {})).toMatchObject({ firmware: told, warnings: [{ code: 'build.clone-without-nvram' }] })
    const copy = copyDefinition(`${firmware}-copy`, definition.uuid)
    await builder.define(HOST_REF, copy, {})
    const first = await started(definition.uuid)
    expect(first).toEqual({ loader: expect.stringMatching(loader), secure, nvram: `/var/lib/libvirt/qemu/nvram/${firmware}_VARS.fd` })
    expect(await started(copy.uuid)).toEqual({ ...first, nvram: `/var/lib/libvirt/qemu/nvram/${firmware}-copy_VARS.fd` })
  })

  test('a Windows machine with a TPM starts, and its copy has a TPM of its own', async () => {
    const definition = newDefinition('windows', { ...SMALL, os: 'win11', firmware: 'uefi-secure', tpm: true }, { os: WINDOWS })
    const findings = await builder.check(HOST_REF, definition, 1, {})
    expect(findings.filter(({ severity }) => severity === 'blocks')).toEqual([])
    await builder.define(HOST_REF, definition, {})
    const { warnings } = await builder.source(definition.uuid, {})
    expect(warnings.map(({ code }) => code)).toEqual(['build.clone-without-tpm', 'build.clone-without-nvram'])
    const copy = copyDefinition('windows-copy', definition.uuid)
    await builder.define(HOST_REF, copy, {})
    for (const { uuid } of [definition, copy]) {
      await started(uuid)
      const state = await host.exec(['test', '-s', `/var/lib/libvirt/swtpm/${uuid}/tpm2/tpm2-00.permall`])
      expect(state.code).toBe(0)
    }
  })
})
