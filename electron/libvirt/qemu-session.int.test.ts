import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  connectLibvirt,
  constants,
  type DomainRef,
  type EventName,
  fromTypedParams,
  getAllDomainStats,
  type LibvirtClient,
  LibvirtError,
  MIGRATION_PARAMS,
  toTypedParams,
} from './index.ts'
import { rejection } from './testing/fake-client.ts'
import { type PrivateLibvirtd, startPrivateLibvirtd } from './testing/private-libvirtd.ts'
import { until } from './testing/until.ts'
import { describeWithPeers } from './transport/testing/peers.ts'

/** A machine without an operating system: the firmware writes to the serial console and waits. */
function domainXml(folder: string): string {
  return `<domain type='qemu'><name>bare "metal" ☃</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os><type arch='x86_64'>hvm</type><boot dev='hd'/><bios useserial='yes' rebootTimeout='-1'/></os><features><acpi/></features>
<devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${join(folder, 'vda.qcow2')}'/><target dev='vda' bus='virtio'/></disk>
<controller type='scsi' model='virtio-scsi'/><serial type='pty'><target port='0'/></serial><console type='pty'><target type='serial' port='0'/></console><memballoon model='virtio'/></devices></domain>`
}

describeWithPeers(
  'a qemu machine of an unprivileged user',
  ['libvirtd', 'qemu-system-x86_64', 'qemu-img'],
  () => {
    let daemon: PrivateLibvirtd
    let client: LibvirtClient
    let dom: DomainRef
    const seen: { readonly name: EventName; readonly event: object }[] = []

    beforeAll(async () => {
      daemon = await startPrivateLibvirtd()
      for (const disk of ['vda.qcow2', 'sda.qcow2']) {
        execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', join(daemon.folder, disk), '16M'])
        execFileSync('chmod', ['666', join(daemon.folder, disk)])
      }
      client = await connectLibvirt({ stream: await daemon.open(), uri: 'qemu:///session' })
      const names = [
        'domain.lifecycle',
        'domain.device-added',
        'domain.device-removed',
        'domain.tunable',
        'domain.metadata-change',
        'domain.job-completed',
        'domain.block-job-2',
        'domain.balloon-change',
        'qemu.monitor',
      ] as const
      for (const name of names) await client.events.subscribe(name, (event) => seen.push({ name, event }))
      dom = (await client.call('domainDefineXml', { xml: domainXml(daemon.folder) })).dom
      await client.call('domainCreateWithFlags', { dom })
      dom = (await client.call('domainLookupByUuid', { uuid: dom.uuid })).dom
    })

    afterAll(async () => {
      await client.call('domainDestroyFlags', { dom }).catch(() => {})
      await client.close()
      await daemon.stop()
    })

    async function firstEvent(name: EventName): Promise<object | undefined> {
      await until(() => seen.some((entry) => entry.name === name), name, 120_000)
      return seen.find((entry) => entry.name === name)?.event
    }

    test('it starts, and says so', async () => {
      expect(await firstEvent('domain.lifecycle')).toMatchObject({ dom: { name: 'bare "metal" ☃' } })
      expect((await client.call('domainGetInfo', { dom })).state).toBe(constants.VIR_DOMAIN_RUNNING)
    })

    test('its console is a stream', async () => {
      const { stream } = await client.openStream('domainOpenConsole', { dom, flags: constants.VIR_DOMAIN_CONSOLE_FORCE })
      // The firmware may have said all it says before anybody listens, QEMU looks once a second whether anybody does, and a busy machine takes
      // long: it begins anew when nothing was heard, each time with more patience, so that no reset comes before its first word.
      const reset = () => client.call('domainReset', { dom, flags: 0 })
      await reset()
      let text = ''
      for (let patienceMs = 5_000; !/SeaBIOS|boot/i.test(text); ) {
        const piece = await stream.read({ timeoutMs: patienceMs }).catch((error: unknown) => {
          if (error instanceof LibvirtError && error.kind === 'timeout') return undefined
          throw error
        })
        if (piece === null) break
        if (piece?.type === 'data') text += piece.bytes.toString('latin1')
        if (piece !== undefined) continue
        patienceMs *= 2
        await reset()
      }
      await stream.write(Buffer.from('\r'))
      stream.abort()
      expect(text).toMatch(/SeaBIOS|boot/i)
    })

    test('a disk is plugged in', async () => {
      const xml = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${join(daemon.folder, 'sda.qcow2')}'/><target dev='sda' bus='scsi'/></disk>`
      await client.call('domainAttachDeviceFlags', { dom, xml, flags: constants.VIR_DOMAIN_AFFECT_LIVE })
      expect(await firstEvent('domain.device-added')).toMatchObject({ dom, devAlias: 'scsi0-0-0-0' })
    })

    test('parameters are set and read, and their event tells them', async () => {
      const params = toTypedParams({ total_bytes_sec: 1_048_576n })
      await client.call('domainSetBlockIoTune', { dom, disk: 'vda', params, flags: constants.VIR_DOMAIN_AFFECT_LIVE })
      const { params: read } = await client.call('domainGetBlockIoTune', {
        dom,
        disk: 'vda',
        nparams: 32,
        flags: constants.VIR_TYPED_PARAM_STRING_OKAY,
      })
      expect(fromTypedParams(read).total_bytes_sec).toBe(1_048_576n)
      expect(await firstEvent('domain.tunable')).toMatchObject({ dom })
    })

    test('its title is changed, and the event names what', async () => {
      await client.call('domainSetMetadata', { dom, type: 1, metadata: 'Accounts ☃', flags: constants.VIR_DOMAIN_AFFECT_LIVE })
      expect(await firstEvent('domain.metadata-change')).toEqual({ dom, type: 1, nsuri: null })
    })

    test('the monitor answers, and its events come', async () => {
      const { result } = await client.call('qemuDomainMonitorCommand', { dom, cmd: '{"execute":"query-status"}' })
      expect(JSON.parse(result)).toMatchObject({ return: { running: true } })
      await client.call('domainSuspend', { dom })
      await client.call('domainResume', { dom })
      expect(await firstEvent('qemu.monitor')).toMatchObject({ dom })
    })

    test('without an agent the agent’s calls fail for that reason', async () => {
      const command = { dom, cmd: '{"execute":"guest-ping"}', timeout: 1 }
      expect(await rejection(client.call('qemuDomainAgentCommand', command))).toMatchObject({ remote: { level: 2 } })
    })

    test('bulk statistics of a running machine are full', async () => {
      const [stats] = await getAllDomainStats(client)
      expect(stats).toMatchObject({ dom, state: { state: 1 }, vcpuCount: { current: 1 } })
      expect(stats?.blocks[0]).toMatchObject({ name: 'vda', capacity: 16_777_216n })
      expect(stats?.cpu.time).toBeGreaterThan(0n)
      expect(stats?.vcpus[0]?.state).toBe(1)
    })

    test('a block job runs and ends', async () => {
      await client.call('domainSnapshotCreateXml', {
        dom,
        xmlDesc: '<domainsnapshot><name>one</name></domainsnapshot>',
        flags: constants.VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY | constants.VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA,
      })
      await client.call('domainBlockPull', { dom, path: 'vda', bandwidth: 0n })
      expect(await firstEvent('domain.block-job-2')).toMatchObject({ dom, dst: 'vda' })
    })

    test('migration’s first step gives the description and the cookie', async () => {
      const params = toTypedParams({ bandwidth: 100 }, MIGRATION_PARAMS)
      const flags = constants.VIR_MIGRATE_LIVE | constants.VIR_MIGRATE_UNSAFE
      const { cookieOut, xml } = await client.call('domainMigrateBegin3Params', { dom, params, flags })
      expect(xml).toContain('<name>bare &quot;metal&quot; ☃</name>')
      expect(Buffer.from(cookieOut).toString()).toContain('qemu-migration')
    })

    test('it is saved, which is a job that completes, and comes back', async () => {
      await client.call('domainManagedSave', { dom }, { timeoutMs: 60_000 })
      expect(await firstEvent('domain.job-completed')).toMatchObject({ dom: { uuid: dom.uuid } })
      await client.call('domainCreateWithFlags', { dom })
      expect((await client.call('domainGetState', { dom })).state).toBe(constants.VIR_DOMAIN_RUNNING)
    })
  },
  false,
)
