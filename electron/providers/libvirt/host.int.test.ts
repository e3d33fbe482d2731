import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, type LabGuest, type LabHost, startLab, until } from '../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../e2e/lab/requires.ts'
import { isAppError } from '../../../shared/errors/index.ts'
import type { CheckMessage, HostKeyInfo } from '../../../shared/model/index.ts'
import { Recorder } from '../conformance/index.ts'
import type { ProviderConnection, ProviderPorts } from '../provider.ts'
import { libvirtProvider, METADATA_URI } from './index.ts'
import { testPorts } from './testing/ports.ts'

const STORM = 200

async function failureOf(call: Promise<unknown>) {
  const error: unknown = await call.then(
    () => new Error('it should have failed'),
    (thrown: unknown) => thrown,
  )
  if (!isAppError(error)) throw error
  return error
}

describe.skipIf(!requirePeer('libvirtd').ok)('a lab host over SSH', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    lab = await startLab({ hosts: [{ name: 'a', inactiveDomains: STORM }], prefix: 'lv' })
    host = lab.host('a')
    ports = await testPorts()
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  const config = (more: Record<string, unknown> = {}) =>
    libvirtProvider.configSchema.parse({ host: host.address, user: 'root', keyFile: host.keyFile, useSshConfig: false, ...more })

  async function connected(): Promise<{ connection: ProviderConnection; seen: Recorder }> {
    const connection = await libvirtProvider.connect(config(), {}, ports, { onHostKey: () => Promise.resolve(true) })
    const seen = new Recorder()
    onTestFinished(async () => {
      await connection.close()
      expect(seen.problems).toEqual([])
    })
    await connection.watch(seen, {})
    return { connection, seen }
  }

  async function guest(name: string, ready = true): Promise<LabGuest> {
    const made = await host.defineGuest({ name, diskMiB: 16, network: 'default' })
    await made.start()
    if (ready) await made.waitReady()
    return made
  }

  test('total and free memory of the host fit each other and its own count', async () => {
    const { seen } = await connected()
    const facts = await until('a reading of the memory', async () => {
      const known = [...seen.known.host.values()][0]
      return known && known.memoryFreeKiB !== null ? known : undefined
    })
    const meminfo = (await host.exec('cat /proc/meminfo')).stdout
    expect(facts.memoryKiB).toBe(Number(/MemTotal:\s+(\d+)/.exec(meminfo)?.[1]))
    expect(facts.memoryFreeKiB).toBeLessThan(facts.memoryKiB ?? 0)
  })

  test('an unknown host key is asked for, confirmed, and then trusted; a changed one is refused until it is pinned again', async () => {
    const own = await testPorts()
    onTestFinished(() => own.dispose())
    const unknown = await failureOf(libvirtProvider.connect(config(), {}, own, {}))
    expect(unknown).toMatchObject({ kind: 'precondition', code: 'ssh.host-key-unknown' })
    const key = unknown.details['key'] as unknown as HostKeyInfo
    expect(key).toMatchObject({ host: host.address, port: 22, status: 'unknown', previous: [] })
    const wrong = { ...key, fingerprint: `SHA256:${'A'.repeat(43)}` }
    expect(await failureOf(libvirtProvider.acceptHostKey?.(wrong, false, config(), own, {}) ?? Promise.resolve())).toMatchObject({
      code: 'ssh.host-key-mismatch',
    })
    await libvirtProvider.acceptHostKey?.(key, false, config(), own, {})
    expect(await readFile(join(own.dataDirectory, 'known_hosts'), 'utf8')).toContain(host.address)
    await (await libvirtProvider.connect(config(), {}, own, {})).close()

    await host.changeHostKey()
    const changed = await failureOf(libvirtProvider.connect(config(), {}, own, {}))
    expect(changed).toMatchObject({ kind: 'conflict', code: 'ssh.host-key-changed' })
    const newKey = changed.details['key'] as unknown as HostKeyInfo
    expect(newKey.status).toBe('changed')
    expect(newKey.previous.map(({ fingerprint }) => fingerprint)).toEqual([key.fingerprint])
    expect((await failureOf(libvirtProvider.acceptHostKey?.(newKey, false, config(), own, {}) ?? Promise.resolve())).code).toBe(
      'ssh.host-key-changed',
    )
    await libvirtProvider.acceptHostKey?.(newKey, true, config(), own, {})
    await (await libvirtProvider.connect(config(), {}, own, {})).close()
    await (await libvirtProvider.connect(config(), {}, ports, { onHostKey: () => Promise.resolve(true) })).close()
  })

  test('the check list names each step, and the one that fails', async () => {
    const messages: CheckMessage[] = []
    for await (const message of libvirtProvider.check(config(), {}, ports, { onHostKey: () => Promise.resolve(true) }))
      messages.push(message)
    const states = new Map(messages.flatMap((message) => (message.type === 'step' ? [[message.step.id, message.step.state]] : [])))
    expect(Object.fromEntries(states)).toEqual({
      reach: 'ok',
      'host-key': 'ok',
      login: 'ok',
      socket: 'ok',
      permission: 'ok',
      versions: 'ok',
    })
    expect(messages.at(-1)).toMatchObject({ type: 'done', ok: true, versions: [{ name: 'libvirt' }, { name: 'QEMU' }] })
    const failed: CheckMessage[] = []
    for await (const message of libvirtProvider.check(config({ user: 'nobody-here' }), {}, ports, {})) failed.push(message)
    expect(failed.find((message) => message.type === 'step' && message.step.state === 'failed')).toMatchObject({
      step: { id: 'login', error: { kind: 'unauthenticated' } },
    })
    expect(failed.at(-1)).toMatchObject({ type: 'done', ok: false })
  })

  test('what virsh does is seen: start, pause, metadata, delete', async () => {
    const { seen } = await connected()
    const { name, uuid } = await host.defineGuest({ name: 'watched "1" 🚚', diskMiB: 16 })
    await until('the new machine', async () => seen.machine(uuid)?.name === name)
    await host.virsh(['start', uuid])
    await until('it runs', async () => seen.machine(uuid)?.state === 'running')
    await host.virsh(['suspend', uuid])
    await until('it is paused', async () => seen.machine(uuid)?.nativeState === 'paused (user)')
    await host.virsh(['desc', uuid, '--live', '--config', 'by somebody else'])
    await until('its description', async () => seen.machine(uuid)?.description === 'by somebody else')
    await host.virsh([
      'metadata',
      uuid,
      '--uri',
      METADATA_URI,
      '--key',
      'novacron',
      '--set',
      '<machine><tags><tag>theirs</tag></tags></machine>',
      '--live',
      '--config',
    ])
    await until('their tag', async () => seen.machine(uuid)?.tags[0] === 'theirs')
    await host.virsh(['destroy', uuid])
    await until('it is off', async () => seen.machine(uuid)?.nativeState === 'shut off (destroyed)')
    await host.virsh(['undefine', uuid])
    await until('it is gone', async () => !seen.known.machine.has(uuid))
    expect(seen.events.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['machine.defined', 'machine.started', 'machine.paused', 'machine.deleted']),
    )
  })

  test('metadata of others is left alone, and ours is read by virsh', async () => {
    const foreign = '<app:x xmlns:app="urn:foreign"><app:deep a="1">&lt;kept&gt;</app:deep></app:x>'
    const { uuid } = await host.defineGuest({ name: 'metadata', metadata: foreign })
    const { connection, seen } = await connected()
    await connection.act(uuid, { action: 'setMetadata', tags: ['ours & "quoted"'], notes: 'first\n  second' }, {})
    await until('the tags', async () => seen.machine(uuid)?.tags.length === 1)
    const xml = await host.virsh(['dumpxml', uuid])
    expect(xml).toContain('<app:deep a="1">&lt;kept&gt;</app:deep>')
    expect(xml).toContain(`<novacron:machine xmlns:novacron="${METADATA_URI}">`)
    expect(await host.virsh(['metadata', uuid, METADATA_URI])).toContain('<tag>ours &amp; "quoted"</tag>')
    await connection.act(uuid, { action: 'setMetadata', tags: [], notes: null }, {})
    await until('no tags', async () => seen.machine(uuid)?.tags.length === 0)
    expect(await host.virsh(['dumpxml', uuid])).not.toContain('novacron')
  })

  test('a storm of events is taken in, with few calls', async () => {
    const { seen } = await connected()
    const ids = (await host.virsh(['list', '--all', '--uuid', '--inactive'])).trim().split('\n').slice(0, STORM)
    const commands = ids.map((id) => `desc ${id} --config storm-${id.slice(0, 8)}`).join('\n')
    await host.exec(['virsh', '-q'], { input: `${commands}\n`, timeoutMs: 240_000 })
    await until('every description', async () => ids.every((id) => seen.machine(id)?.description === `storm-${id.slice(0, 8)}`))
    await host.exec(['virsh', '-q'], { input: `${ids.map((id) => `undefine ${id}`).join('\n')}\n`, timeoutMs: 240_000 })
    await until('all are gone', async () => ids.every((id) => !seen.known.machine.has(id)))
    // a reading may say so before the event does
    const told = () => seen.events.filter(({ code }) => code === 'machine.deleted').length
    await until('told of each', async () => told() >= STORM)
    expect(told()).toBeGreaterThanOrEqual(STORM)
  })

  test('a guest restarts, is saved, restored and shut down', async () => {
    const obedient = await guest('obedient')
    const { uuid } = obedient
    const { connection, seen } = await connected()
    connection.setInterest({ visibleRefs: new Set([uuid]), focusedRef: uuid })
    await until('its address', async () => (seen.machine(uuid)?.addresses.length ?? 0) > 0)
    await until('its agent', async () => seen.machine(uuid)?.agent === 'connected')
    const notes: Array<string | undefined> = []
    await connection.act(uuid, { action: 'reboot', method: 'auto' }, { onProgress: ({ note }) => notes.push(note) })
    expect(notes).toContain('waiting-for-guest')
    await obedient.waitReady()
    await connection.act(uuid, { action: 'managedSave' }, {})
    await until('it is saved', async () => seen.machine(uuid)?.state === 'saved')
    await connection.act(uuid, { action: 'restore' }, {})
    await until('it runs on', async () => seen.machine(uuid)?.state === 'running')
    await connection.act(uuid, { action: 'shutdown', method: 'auto', deadlineMs: 45_000 }, {})
    await until('it is off', async () => seen.machine(uuid)?.nativeState === 'shut off (shutdown)')
    expect(seen.samples.some(({ metrics }) => (metrics.cpuPercent ?? -1) >= 0 && metrics.memoryUsedKiB !== null)).toBe(true)
  })

  test('a machine is deleted with its disk; a disk that others use stays', async () => {
    const one = await host.defineGuest({ name: 'one', diskMiB: 16 })
    const path = `/var/lib/libvirt/images/${one.uuid}.qcow2`
    const two = await host.defineGuest({ name: 'two', diskPath: path })
    const { connection } = await connected()
    const shared = await connection.deletionPlan(one.uuid, {})
    expect(shared.disks).toMatchObject([
      { key: path, target: 'vda', format: 'qcow2', capacityBytes: 16 * 1_048_576, sharedWith: ['two'], deletable: false },
    ])
    const withDisk = {
      action: 'delete',
      diskKeys: [path],
      withSnapshots: false,
      withNvram: false,
      withTpm: false,
      withManagedSave: false,
    } as const
    const refused = await failureOf(connection.act(one.uuid, { ...withDisk, diskKeys: [path] }, {}))
    expect(refused).toMatchObject({ kind: 'precondition', code: 'machine.disk-not-deletable' })
    await connection.act(two.uuid, { ...withDisk, diskKeys: [] }, {})
    expect((await connection.deletionPlan(one.uuid, {})).disks).toMatchObject([{ deletable: true, reason: null }])
    await connection.act(one.uuid, { ...withDisk, diskKeys: [path] }, {})
    expect(await host.virsh(['vol-list', 'default'])).not.toContain(one.uuid)
    expect((await failureOf(connection.detail(one.uuid, {}))).code).toBe('machine.not-found')
  })

  test('an image that others are built on stays, in whatever pool they are and though their machine is off', async () => {
    await host.exec('mkdir -p /srv/host/clones')
    await host.virsh(['pool-create-as', 'clones', 'dir', '--target', '/srv/host/clones'])
    const template = await host.defineGuest({ name: 'template', diskMiB: 16 })
    const base = `/var/lib/libvirt/images/${template.uuid}.qcow2`
    const backing = ['--backing-vol', base, '--backing-vol-format', 'qcow2']
    await host.virsh(['vol-create-as', 'clones', 'clone.qcow2', '16M', '--format', 'qcow2', ...backing])
    const clone = await host.defineGuest({ name: 'clone', diskPath: '/srv/host/clones/clone.qcow2' })
    expect(await host.virsh(['dumpxml', clone.uuid])).not.toContain(base)
    const { connection } = await connected()
    const [disk] = (await connection.deletionPlan(template.uuid, {})).disks
    expect(disk).toMatchObject({ key: base, deletable: false, reason: 'Other images are built on it: clones/clone.qcow2.' })
    const action = {
      action: 'delete',
      diskKeys: [base],
      withSnapshots: false,
      withNvram: false,
      withTpm: false,
      withManagedSave: false,
    } as const
    expect((await failureOf(connection.act(template.uuid, { ...action, diskKeys: [base] }, {}))).code).toBe('machine.disk-not-deletable')
    expect(await host.virsh(['list', '--all', '--uuid'])).toContain(template.uuid)
    const [overlay] = (await connection.deletionPlan(clone.uuid, {})).disks
    expect(overlay).toMatchObject({ deletable: true, reason: null })
  })

  test('a name of 247 bytes can be given, one of 248 cannot', async () => {
    const { uuid } = await host.defineGuest({ name: 'short' })
    const { connection, seen } = await connected()
    const longest = `${'🚚'.repeat(61)}xxx`
    expect((await failureOf(connection.act(uuid, { action: 'rename', name: `${longest}x` }, {}))).code).toBe('machine.name-invalid')
    await connection.act(uuid, { action: 'rename', name: longest }, {})
    await until('the name', async () => seen.machine(uuid)?.name === longest)
  })

  test('a link cut in the middle: reads are unreachable, a change is indeterminate, and the link says why', async () => {
    const { uuid } = await guest('cut off', false)
    const { connection, seen } = await connected()
    await host.exec(['sh', '-c', 'kill -STOP $(pidof libvirtd)'])
    onTestFinished(() => host.exec(['sh', '-c', 'kill -CONT $(pidof libvirtd)']).then(() => undefined))
    const read = failureOf(connection.detail(uuid, {}))
    const change = failureOf(connection.act(uuid, { action: 'suspend' }, {}))
    // Both have left once the session has handed them on; sshd goes away then.
    await new Promise<void>((resolve) => setImmediate(resolve))
    await host.stopSshd()
    expect((await connection.closed)?.kind).toBe('unreachable')
    expect(await read).toMatchObject({ kind: 'unreachable' })
    expect(await change).toMatchObject({ kind: 'indeterminate' })
    await host.exec(['sh', '-c', 'kill -CONT $(pidof libvirtd)'])
    await host.startSshd()
    expect(seen.known.machine.has(uuid)).toBe(true)
  })
})
