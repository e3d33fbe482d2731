import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, type LabGuest, type LabHost, startLab } from '../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../e2e/lab/requires.ts'
import type { ProviderConnection, ProviderPorts } from '../provider.ts'
import { libvirtProvider } from './index.ts'
import { keeperOn } from './snapshots/testing/lab-keeper.ts'
import { testPorts } from './testing/ports.ts'

const BARE = { action: 'delete', withSnapshots: false, withNvram: false, withTpm: false, withManagedSave: false } as const

/** libvirt defines an emulated TPM only where it finds swtpm. What it keeps and removes are plain files, so that a pretended one will do. */
async function pretendSwtpm(host: LabHost): Promise<void> {
  const folder = join(host.dir, 'bin')
  await mkdir(folder, { recursive: true })
  const script = `#!/bin/sh\necho '{ "type": "swtpm", "features": [ "tpm-1.2", "tpm-2.0" ] }'\n`
  for (const name of ['swtpm', 'swtpm_setup', 'swtpm_ioctl']) await writeFile(join(folder, name), script, { mode: 0o755 })
  await host.exec('mount --bind /srv/host/bin /usr/local/bin')
}

describe.skipIf(!requirePeer('libvirtd').ok)('what holds a deletion up on a real host', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'ld' })
    host = lab.host('a')
    await pretendSwtpm(host)
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

  test('checkpoints are in the plan, hold the deletion up, and go when they are named', async () => {
    const guest = await host.defineGuest({ name: 'backed-up', diskMiB: 16 })
    // Volumes of libvirt 9 are qcow2 v2, which has no place for what changed since a checkpoint.
    await host.exec(['qemu-img', 'amend', '-o', 'compat=1.1', `/var/lib/libvirt/images/${guest.uuid}.qcow2`])
    await guest.start()
    await host.virsh(['checkpoint-create-as', guest.uuid, 'monday'])
    await host.virsh(['destroy', guest.uuid])
    const connection = await connected()
    expect(await connection.deletionPlan(guest.uuid, {})).toMatchObject({ snapshots: [], checkpoints: ['monday'], tpm: null })
    const refused = connection.act(guest.uuid, { ...BARE, diskKeys: [] }, {})
    await expect(refused).rejects.toMatchObject({ kind: 'precondition', code: 'machine.has-checkpoints' })
    await connection.act(guest.uuid, { ...BARE, diskKeys: [], withSnapshots: true }, {})
    expect(await host.virsh(['list', '--all', '--uuid'])).not.toContain(guest.uuid)
  })

  test('a disk that images outside the pools stand on stays, and goes when they are gone', async () => {
    const guest = await host.defineGuest({ name: 'template', diskMiB: 16 })
    const base = `/var/lib/libvirt/images/${guest.uuid}.qcow2`
    const overlay = (path: string) => host.exec(`mkdir -p $(dirname ${path}) && qemu-img create -q -f qcow2 -b ${base} -F qcow2 ${path}`)
    await overlay('/srv/alone/one.qcow2')
    await overlay('/srv/off/two.qcow2')
    await host.virsh(['pool-define-as', 'off', 'dir', '--target', '/srv/off'])
    const clone = await host.defineGuest({ name: 'clone', diskPath: '/srv/alone/one.qcow2' })
    // programs run on the host over SSH alone
    const { connection } = await keeperOn(host, ports)
    const reason = 'Other images are built on it: /srv/alone/one.qcow2, /srv/off/two.qcow2.'
    expect((await connection.deletionPlan(guest.uuid, {})).disks).toMatchObject([{ key: base, deletable: false, reason }])
    const refused = { kind: 'precondition', code: 'machine.disk-not-deletable' }
    await expect(connection.act(guest.uuid, { ...BARE, diskKeys: [base] }, {})).rejects.toMatchObject(refused)
    const removing = connection.volumes?.remove('host', { pool: 'default', volume: `${guest.uuid}.qcow2` }, {})
    await expect(removing).rejects.toMatchObject({ code: 'volume.in-use' })
    await host.virsh(['undefine', clone.uuid])
    expect((await connection.deletionPlan(guest.uuid, {})).disks).toMatchObject([{ deletable: false }])
    await host.exec("printf 'QFI\\373 nothing that makes sense' > /srv/off/two.qcow2")
    const unknown = /Whether other images are built on it cannot be told: the pool off is off, and \/srv\/off\/two.qcow2 cannot be read/
    expect((await connection.deletionPlan(guest.uuid, {})).disks[0]?.reason).toMatch(unknown)
    await expect(connection.act(guest.uuid, { ...BARE, diskKeys: [base] }, {})).rejects.toMatchObject(refused)
    await host.exec('rm /srv/off/two.qcow2')
    await host.virsh(['pool-define-as', 'away', 'netfs', '--source-host', 'nas', '--source-path', '/x', '--target', '/srv/away'])
    const unseen = { pools: ['away'], images: [] }
    expect(await connection.deletionPlan(guest.uuid, {})).toMatchObject({ disks: [{ deletable: true }], unseen })
    await host.virsh(['pool-undefine', 'away'])
    expect((await connection.deletionPlan(guest.uuid, {})).unseen).toBeUndefined()
    await connection.act(guest.uuid, { ...BARE, diskKeys: [base] }, {})
    expect(await host.virsh(['list', '--all', '--uuid'])).not.toContain(guest.uuid)
    expect((await host.exec(['test', '-e', base])).code).toBe(1)
    await host.virsh(['pool-undefine', 'off'])
  })

  /** A machine with an emulated TPM, and what swtpm would have kept of it. Answers the folder that holds it. */
  async function withTpm(guest: LabGuest): Promise<string> {
    const xml = await host.virsh(['dumpxml', '--inactive', guest.uuid])
    const file = join(host.dir, `${guest.uuid}.xml`)
    const tpm = "<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>"
    await writeFile(file, xml.replace('</devices>', `${tpm}</devices>`))
    await host.virsh(['define', file])
    const folder = join(host.dir, 'lib/swtpm', guest.uuid)
    await mkdir(join(folder, 'tpm2'), { recursive: true })
    await writeFile(join(folder, 'tpm2/tpm2-00.permall'), 'a sealed key')
    return folder
  }

  test.each([true, false])('the state of a TPM goes with its machine only when it is named: %s', async (named) => {
    const guest = await host.defineGuest({ name: `bitlocker-${named}`, diskMiB: 16 })
    const folder = await withTpm(guest)
    const connection = await connected()
    expect(await connection.deletionPlan(guest.uuid, {})).toMatchObject({ tpm: 'chosen' })
    await connection.act(guest.uuid, { ...BARE, diskKeys: [], withTpm: named }, {})
    expect(await host.virsh(['list', '--all', '--uuid'])).not.toContain(guest.uuid)
    const left = await readdir(join(folder, '..'))
    expect(left.includes(guest.uuid)).toBe(!named)
  })
})
