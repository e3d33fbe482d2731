import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConnectionId, MachineAction, MachineId } from '../../shared/model/index.ts'
import { type Lab, type LabGuest, type LabHost, startLab, until } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'
import { TestEngine } from './engine.ts'
import { expectProblem } from './remedies.ts'

/** Runs before each start of a guest, while libvirtd waits: says so, and holds it back as long as the file `hold` is there. */
const HOOK = `#!/bin/sh
[ "$2" = prepare ] || exit 0
echo "$1" >> /srv/host/started
while [ -e /srv/host/hold ]; do sleep 0.02; done
`

describe.skipIf(!requirePeer('libvirtd').ok)('machines with odd names, and machines that vanish', () => {
  let lab: Lab
  let host: LabHost
  let engine: TestEngine
  let id: ConnectionId

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'] })
    host = lab.host('a')
    await mkdir(join(host.dir, 'etc/libvirt/hooks'), { recursive: true })
    await writeFile(join(host.dir, 'etc/libvirt/hooks/qemu'), HOOK, { mode: 0o755 })
    await host.restartDaemon()
    engine = await TestEngine.start()
    id = (await engine.add('a', { transport: 'unix', socket: host.socketPath })).id
    await engine.status(id, 'online')
  })
  afterAll(async () => {
    await engine?.stop()
    await lab?.stop()
  })

  async function defined(name: string): Promise<{ readonly guest: LabGuest; readonly id: MachineId }> {
    const guest = await host.defineGuest({ name, boots: false })
    return { guest, id: (await engine.reaches(id, guest.uuid, 'stopped')).id }
  }

  async function done(ids: readonly MachineId[], action: MachineAction) {
    const { taskId } = await engine.client.machines.act({ targets: { ids: [...ids] }, action })
    return await engine.ended(taskId)
  }

  test('a name of 255 bytes is refused by libvirt, and before that by us with what helps; 247 live through everything', async () => {
    await expect(host.defineGuest({ name: 'n'.repeat(255) })).rejects.toThrow('File name too long')
    const { guest, id: machineId } = await defined('short')
    const refused = await done([machineId], { action: 'rename', name: 'n'.repeat(255) })
    expectProblem(refused.error, 'invalid-input', 'machine.name-invalid')
    const longest = 'n'.repeat(247)
    const life: readonly MachineAction[] = [
      { action: 'rename', name: longest },
      { action: 'start' },
      { action: 'managedSave' },
      { action: 'restore' },
      { action: 'powerOff' },
      { action: 'setAutostart', autostart: true },
      { action: 'setMetadata', title: 'long', addTags: ['long'] },
    ]
    for (const action of life) {
      expect(await done([machineId], action)).toMatchObject({ kind: `machine.${action.action}`, state: 'succeeded' })
    }
    expect(
      await until('its name', async () => engine.machine(id, guest.uuid)?.tags.length === 1 && engine.machine(id, guest.uuid)),
    ).toMatchObject({
      name: longest,
      title: 'long',
    })
    const deleted = await done([machineId], {
      action: 'delete',
      diskKeys: [],
      withSnapshots: true,
      withNvram: true,
      withTpm: true,
      withManagedSave: true,
    })
    expect(deleted.state).toBe('succeeded')
  })

  test('a name that can be kept but not be started with says what helps', async () => {
    const { id: machineId } = await defined('базаданныхсеверозапад')
    const { state, error } = await done([machineId], { action: 'start' })
    expect(state).toBe('failed')
    expectProblem(error, 'remote-failure', 'libvirt.internal-error')
    expect(error?.details?.remedy).toBe('rename-shorter')
    expect((await done([machineId], { action: 'rename', name: 'база данных' })).state).toBe('succeeded')
    expect((await done([machineId], { action: 'start' })).state).toBe('succeeded')
  })

  test('a machine deleted behind our back in the middle of a bulk: it alone fails and says why', async () => {
    const machines = await Promise.all(Array.from({ length: 6 }, (_, index) => defined(`bulk-${index}`)))
    const gone = machines[5] as (typeof machines)[number]
    const hold = join(host.dir, 'hold')
    await writeFile(hold, '')
    const { taskId } = await engine.client.machines.act({
      targets: { ids: machines.map((machine) => machine.id) },
      action: { action: 'start' },
    })
    await until('libvirtd at work', async () => (await readFile(join(host.dir, 'started'), 'utf8').catch(() => '')).includes('bulk-'))
    await host.virsh(['undefine', gone.guest.uuid])
    await rm(hold)
    expect(await engine.ended(taskId)).toMatchObject({ state: 'partly', children: { total: 6, succeeded: 5, failed: 1 } })
    const { items } = await engine.client.tasks.list({ parentId: taskId })
    const failed = items.filter((item) => item.state === 'failed')
    expect(failed).toMatchObject([{ target: { name: 'bulk-5' }, error: { kind: 'not-found', code: 'machine.not-found' } }])
    await until('it to be gone', async () => engine.machine(id, gone.guest.uuid) === undefined)
    const { taskId: again } = await engine.client.tasks.retry({ taskId })
    expect(await engine.ended(again)).toMatchObject({ state: 'failed', error: { code: 'machine.not-found' } })
  })
})
