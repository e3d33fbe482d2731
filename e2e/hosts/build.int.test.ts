import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildInput } from '../../shared/contract/build.ts'
import type { ConnectionId, Host, Machine, Task, TaskId } from '../../shared/model/index.ts'
import { cloudImage } from '../lab/cloud-image.ts'
import { type Lab, type LabHost, type RunResult, run, startLab, until } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'
import { engineFolder, failureOf, TestEngine } from './engine.ts'

const BASE = { pool: 'default', volume: 'base.qcow2' }
const BOOT_MS = 300_000

/** Runs once `net-1` has its network, while libvirtd waits: says so, and holds its start back as long as the file `hold` is there. */
const HOOK = `#!/bin/sh
[ "$1 $2" = "net-1 started" ] || exit 0
touch /srv/host/plugged
while [ -e /srv/host/hold ]; do sleep 0.02; done
`

describe.skipIf(!requirePeer('libvirtd').ok)('machines built on a real host', () => {
  let lab: Lab
  let host: LabHost
  let folder: string
  let engine: TestEngine
  let connectionId: ConnectionId
  let here: Host

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'mk' })
    host = lab.host('a')
    await mkdir(join(host.dir, 'etc/libvirt/hooks'), { recursive: true })
    await writeFile(join(host.dir, 'etc/libvirt/hooks/qemu'), HOOK, { mode: 0o755 })
    await host.restartDaemon()
    await copyFile(await cloudImage(), join(host.dir, 'lib/images', BASE.volume))
    await host.virsh(['pool-refresh', 'default'])
    folder = await engineFolder()
    await copyFile(host.knownHostsFile, join(folder, 'home/.ssh/known_hosts'))
    engine = await TestEngine.start({ folder })
    const config = { transport: 'ssh', host: host.address, user: 'root', keyFile: host.keyFile }
    connectionId = (await engine.add('a', config)).id
    await online()
  })
  afterAll(async () => {
    await engine?.stop()
    await lab?.stop()
  })

  async function online(): Promise<void> {
    await engine.status(connectionId, 'online')
    here = await until('the host', async () => engine.hostOf(connectionId) ?? false)
  }

  /** An address of the lab's wire that no host has. */
  const addressOf = (number: number): string => host.address.replace(/\d+$/, String(number))
  const publicKey = async (): Promise<string> => (await readFile(`${host.keyFile}.pub`, 'utf8')).trim()
  const named = (name: string): Machine | undefined => engine.machines(connectionId).find((machine) => machine.name === name)
  const volumes = async (): Promise<string[]> =>
    [...(await host.virsh(['vol-list', 'default'])).matchAll(/^ *(\S+) /gm)].map(([, name]) => name ?? '')

  async function order(more: Partial<Parameters<typeof engine.client.build.create>[0]> = {}) {
    return buildInput.parse({
      hostId: here.id,
      name: 'web-{nn}',
      spec: {
        os: 'linux',
        cpu: { vcpus: 1, mode: 'maximum' },
        memoryMiB: 128,
        disks: [{ source: { kind: 'image', pool: 'default', base: BASE, mode: 'copy', sizeBytes: null, format: 'qcow2' } }],
        nics: [{ source: { kind: 'bridge', bridge: 'br0' } }],
        graphics: 'none',
      },
      cloudInit: { user: { name: 'ada', sshKeys: [await publicKey()] } },
      start: false,
      ...more,
    })
  }

  async function made(taskId: TaskId): Promise<Task> {
    const task = await engine.ended(taskId, BOOT_MS)
    const results = task.children ? (await engine.client.tasks.list({ parentId: taskId, limit: 100 })).items : [task]
    // what went wrong says so itself
    expect(results.map(({ target, state, error }) => [target?.name, state, error])).toEqual(
      results.map(({ target }) => [target?.name, 'succeeded', null]),
    )
    return task
  }

  function ssh(address: string, command: string): Promise<RunResult> {
    const options = ['-F', 'none', '-i', host.keyFile, '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=no']
    return run('ssh', [...options, '-o', 'UserKnownHostsFile=/dev/null', '-o', 'ConnectTimeout=60', '-l', 'ada', address, command], {
      timeoutMs: 120_000,
    })
  }

  /** Waits until the machine tells its address, and logs in there with the key. */
  async function loggedIn(name: string, address: string): Promise<string> {
    await until(`${name} at ${address}`, async () => named(name)?.addresses.includes(address) ?? false, BOOT_MS)
    return (await ssh(address, 'hostname; id -un')).stdout
  }

  // three of them: e2e/specs/lab/build.spec.ts
  test('two from a cloud image, with a user, a key and a pattern: they boot, and the key lets in', { timeout: 2 * BOOT_MS }, async () => {
    const network = { kind: 'static' as const, address: `${addressOf(201)}/24`, gateway: addressOf(1) }
    const input = await order({ count: 2, start: true, cloudInit: { user: { name: 'ada', sshKeys: [await publicKey()] }, network } })
    const checked = await engine.client.build.check(input)
    expect(checked.findings.filter(({ severity }) => severity === 'blocks')).toEqual([])
    const { taskId, names } = await engine.client.build.create(input)
    expect(names).toEqual(['web-01', 'web-02'])
    await made(taskId)
    for (const [index, name] of names.entries()) expect(await loggedIn(name, addressOf(201 + index))).toBe(`${name}\nada\n`)
    expect((await volumes()).filter((volume) => volume.startsWith('web-'))).toEqual([
      'web-01-seed.iso',
      'web-01.qcow2',
      'web-02-seed.iso',
      'web-02.qcow2',
    ])
  })

  test('the best becomes a template, and machines linked to it have a name and an address of their own', {
    timeout: 2 * BOOT_MS,
  }, async () => {
    const best = named('web-02')
    if (!best) throw new Error('web-02 was not made')
    const running = failureOf(engine.client.build.makeTemplate({ machineId: best.id, family: 'web' }))
    expect(await running).toMatchObject({ code: 'build.blocked', details: { findings: [{ code: 'build.source-running' }] } })
    await engine.client.machines.act({ targets: { ids: [best.id] }, action: { action: 'powerOff' } })
    await engine.reaches(connectionId, best.nativeRef, 'stopped')

    const template = await engine.client.build.makeTemplate({ machineId: best.id, family: 'web', changeable: ['cloudInit', 'memoryMiB'] })
    expect(template).toMatchObject({ version: 1, names: ['web-v1'] })
    await made(template.taskId)
    const base = await until('the template', async () => {
      const machine = named('web-v1')
      return machine?.template ? machine : false
    })
    expect(base.template).toEqual({ family: 'web', version: 1, changeable: ['cloudInit', 'memoryMiB'] })
    const start = failureOf(engine.client.machines.act({ targets: { ids: [base.id] }, action: { action: 'start' } }))
    expect((await start).code).toBe('machine.is-template')

    const network = { kind: 'static' as const, address: `${addressOf(211)}/24` }
    const cloudInit = { user: { name: 'ada', sshKeys: [await publicKey()] }, network }
    const linked = { machineId: base.id, name: 'app-{n}', count: 2, mode: 'linked' as const, cloudInit, start: true }
    await made((await engine.client.build.clone(linked)).taskId)
    for (const n of [1, 2]) expect(await loggedIn(`app-${n}`, addressOf(210 + n))).toBe(`app-${n}\nada\n`)
    expect(await host.virsh(['vol-dumpxml', '--pool', 'default', 'app-1.qcow2'])).toMatch(/<backingStore>\s*<path>.*web-v1\.qcow2/)

    // what others are built on cannot go
    const [plan] = await engine.client.machines.deletionPlan({ machineIds: [base.id] })
    expect(plan?.plan?.disks.find(({ key }) => key.endsWith('web-v1.qcow2'))).toMatchObject({ deletable: false })
    const refused = failureOf(engine.client.build.clone({ machineId: base.id, name: 'big', changes: { vcpus: 2 } }))
    expect(await refused).toMatchObject({ details: { findings: [{ code: 'build.template-fixed', field: 'changes.vcpus' }] } })
  })

  test('a whole clone of a machine that is off', { timeout: 2 * BOOT_MS }, async () => {
    const original = named('web-02')
    if (!original) throw new Error('web-02 was not made')
    const network = { kind: 'static' as const, address: `${addressOf(221)}/24` }
    const cloudInit = { user: { name: 'ada', sshKeys: [await publicKey()] }, network }
    const { taskId } = await engine.client.build.clone({ machineId: original.id, name: 'copy', cloudInit, start: true })
    await made(taskId)
    expect(await loggedIn('copy', addressOf(221))).toBe('copy\nada\n')
    const macs = (xml: string) => [...xml.matchAll(/<mac address='([^']+)'/g)].map(([, mac]) => mac)
    expect(macs(await host.virsh(['dumpxml', 'copy']))).not.toEqual(macs(await host.virsh(['dumpxml', 'web-02'])))
  })

  test('the console is killed in the middle of a build and goes on where it was', async () => {
    await engine.client.system.updateSettings({ bulkPerHost: 1 })
    const { taskId } = await engine.client.build.create(await order({ name: 'kill-{n}', count: 4 }))
    await until('the first of them', async () => ((await engine.client.tasks.get({ taskId })).children?.succeeded ?? 0) > 0, 120_000, 10)
    await engine.stop('SIGKILL')
    const before = (await host.virsh(['list', '--all', '--name'])).split('\n').filter((name) => name.startsWith('kill-'))
    expect(before.length).toBeLessThan(4)
    engine = await TestEngine.start({ folder })
    await online()
    await made(taskId)
    expect((await host.virsh(['list', '--all', '--name'])).match(/kill-\d/g)?.toSorted()).toEqual(['kill-1', 'kill-2', 'kill-3', 'kill-4'])
    expect((await volumes()).filter((volume) => volume.startsWith('kill-'))).toHaveLength(8)
  })

  test('a name taken between form and making is a conflict, and nothing is left but the other machine', {
    timeout: BOOT_MS,
  }, async () => {
    await engine.client.system.updateSettings({ bulkPerHost: 1 })
    const { taskId } = await engine.client.build.create(await order({ name: 'race-{n}', count: 2, start: true }))
    await host.defineGuest({ name: 'race-2', boots: false })
    const task = await engine.ended(taskId, BOOT_MS)
    expect(task).toMatchObject({ state: 'partly', children: { succeeded: 1, failed: 1 } })
    const { items } = await engine.client.tasks.list({ parentId: taskId, limit: 10 })
    const lost = items.find(({ target }) => target?.name === 'race-2')
    expect(lost).toMatchObject({ state: 'failed', error: { kind: 'conflict', code: 'build.name-taken' } })
    expect(lost?.steps.map(({ id, state }) => `${id} ${state}`)).toEqual(['seed undone', 'disk-0 undone', 'define failed', 'start pending'])
    expect((await volumes()).filter((volume) => volume.startsWith('race-'))).toEqual(['race-1-seed.iso', 'race-1.qcow2'])
    expect(await host.virsh(['domstate', 'race-2'])).toContain('shut off')
  })

  test('a start that fails takes the machine, its seed and its disk away again', { timeout: BOOT_MS }, async () => {
    await engine.client.system.updateSettings({ bulkPerHost: 1 })
    const input = await order({ name: 'net-{n}', count: 2, start: true })
    const spec = {
      ...input.spec,
      nics: input.spec.nics.map((nic) => ({ ...nic, source: { kind: 'network' as const, network: 'default' } })),
    }
    await writeFile(join(host.dir, 'hold'), '')
    const { taskId } = await engine.client.build.create({ ...input, spec })
    await until('the first of them', async () => (await host.exec('ls /srv/host/plugged')).code === 0)
    await host.virsh(['net-destroy', 'default'])
    await rm(join(host.dir, 'hold'))
    await engine.ended(taskId, BOOT_MS)
    await host.virsh(['net-start', 'default'])
    const { items } = await engine.client.tasks.list({ parentId: taskId, limit: 10 })
    const lost = items.find(({ target }) => target?.name === 'net-2')
    expect(lost).toMatchObject({ state: 'failed', error: { remote: { str2: "network 'default' is not active" } } })
    expect(lost?.steps.map(({ id, state }) => `${id} ${state}`)).toEqual(['seed undone', 'disk-0 undone', 'define undone', 'start failed'])
    expect((await volumes()).filter((volume) => volume.startsWith('net-'))).toEqual(['net-1-seed.iso', 'net-1.qcow2'])
    expect(await host.virsh(['list', '--all', '--name'])).not.toContain('net-2')
  })

  test('a link that is lost in the middle: the build goes on when it is back, and nothing is there twice', {
    timeout: BOOT_MS,
  }, async () => {
    await engine.client.system.updateSettings({ bulkPerHost: 1 })
    const { taskId } = await engine.client.build.create(await order({ name: 'cut-{n}', count: 3 }))
    await until('the first of them', async () => ((await engine.client.tasks.get({ taskId })).children?.succeeded ?? 0) > 0, 120_000, 10)
    await host.cutNetwork('reset')
    await until('the loss', async () => engine.connection(connectionId).status !== 'online')
    await host.restoreNetwork()
    await online()
    await made(taskId)
    expect((await host.virsh(['list', '--all', '--name'])).match(/cut-\d/g)?.toSorted()).toEqual(['cut-1', 'cut-2', 'cut-3'])
    expect((await volumes()).filter((volume) => volume.startsWith('cut-'))).toHaveLength(6)
  })

  test('a card address that a machine of the host has is told of', async () => {
    const mac = '52:54:00:ca:4d:01'
    const { uuid } = await host.defineGuest({ name: 'carded', network: 'bridge', mac, boots: false })
    await engine.reaches(connectionId, uuid, 'stopped')
    const input = await order({ name: 'same-card' })
    const spec = { ...input.spec, nics: input.spec.nics.map((nic) => ({ ...nic, mac: mac.toUpperCase() })) }
    const told = async () => (await engine.client.build.check({ ...input, spec })).findings.filter(({ code }) => code === 'build.mac-taken')
    await until('the card', async () => (await told()).length > 0)
    expect(await told()).toMatchObject([{ severity: 'warns', params: { machine: 'carded' }, mend: { value: null } }])
  })

  test('a pool without room is found before anything is made', async () => {
    await host.exec('mkdir -p /srv/host/small && mount -t tmpfs -o size=4m tmpfs /srv/host/small')
    await host.virsh(['pool-create-as', 'small', 'dir', '--target', '/srv/host/small'])
    await until('the pool', async () => engine.all('pool').some(({ name, active }) => name === 'small' && active))
    const input = await order({ name: 'full', count: 1 })
    const source = {
      ...input.spec.disks[0]?.source,
      kind: 'image' as const,
      base: BASE,
      mode: 'copy' as const,
      pool: 'small',
      sizeBytes: null,
      format: 'qcow2' as const,
    }
    const full = { ...input, spec: { ...input.spec, disks: input.spec.disks.map((disk) => ({ ...disk, source })) } }
    const { findings } = await engine.client.build.check(full)
    expect(findings.filter(({ severity }) => severity === 'blocks')).toMatchObject([
      { field: 'spec.disks.0.source.pool', mend: { value: 'default' } },
    ])
    expect(await failureOf(engine.client.build.create(full))).toMatchObject({ code: 'build.blocked' })
    expect(named('full')).toBeUndefined()
  })
})
