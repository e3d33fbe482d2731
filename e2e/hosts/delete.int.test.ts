import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { procedureRow } from '../../electron/libvirt/index.ts'
import { SocketProxy } from '../../electron/providers/libvirt/testing/proxy.ts'
import type { ConnectionId, TaskId } from '../../shared/model/index.ts'
import { type Lab, type LabGuest, type LabHost, startLab, until } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'
import { engineFolder, TestEngine } from './engine.ts'

const IMAGES = '/var/lib/libvirt/images'
const UNDEFINE = [procedureRow('domainUndefineFlags').number]

describe.skipIf(!requirePeer('libvirtd').ok)('a deletion that is cut between the machine and its disks', () => {
  let lab: Lab
  let host: LabHost
  let proxy: SocketProxy
  let folder: string
  let engine: TestEngine
  let id: ConnectionId

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'] })
    host = lab.host('a')
    proxy = await SocketProxy.listen(join(lab.dir, 'proxy'), host.socketPath)
    folder = await engineFolder()
    engine = await TestEngine.start({ folder })
    id = (await engine.add('a', { transport: 'unix', socket: proxy.path })).id
    await engine.status(id, 'online')
  })
  afterAll(async () => {
    await engine?.stop()
    await proxy?.close()
    await lab?.stop()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  const diskOf = (guest: LabGuest): string => `${IMAGES}/${guest.uuid}.qcow2`
  const volumes = (): Promise<string> => host.virsh(['vol-list', 'default'])
  const isDefined = async (guest: LabGuest): Promise<boolean> => (await host.virsh(['list', '--all', '--uuid'])).includes(guest.uuid)

  /** A machine with a disk of its own that both shall be deleted. */
  async function deletion(name: string): Promise<{ readonly guest: LabGuest; readonly begin: () => Promise<TaskId> }> {
    const guest = await host.defineGuest({ name, diskMiB: 16 })
    const { id: machineId } = await engine.reaches(id, guest.uuid, 'stopped')
    const action = {
      action: 'delete',
      diskKeys: [diskOf(guest)],
      withSnapshots: false,
      withNvram: false,
      withTpm: false,
      withManagedSave: false,
    } as const
    const begin = async () =>
      (await engine.client.machines.act({ targets: { ids: [machineId] }, action: { ...action, diskKeys: [diskOf(guest)] } })).taskId
    return { guest, begin }
  }

  /** Nothing can be deleted in the pool, as on a file system that has turned read-only. */
  async function freezePool(): Promise<() => Promise<void>> {
    await host.exec(`mount --bind ${IMAGES} ${IMAGES} && mount -o remount,ro,bind ${IMAGES}`)
    const thaw = async () => void (await host.exec(`umount -l ${IMAGES}`))
    onTestFinished(thaw)
    return thaw
  }

  test('by its link: the disk goes as soon as the link is back', async () => {
    const { guest, begin } = await deletion('cut')
    proxy.cutAtReplyTo(UNDEFINE)
    expect(await engine.ended(await begin())).toMatchObject({ state: 'succeeded' })
    expect(await isDefined(guest)).toBe(false)
    expect(await volumes()).not.toContain(guest.uuid)
  })

  test('by the end of the console: the disk goes at its next start', async () => {
    const { guest, begin } = await deletion('killed')
    proxy.swallowReplyTo(UNDEFINE)
    const taskId = await begin()
    await until('the machine gone', async () => !(await isDefined(guest)))
    await engine.stop('SIGKILL')
    expect(await volumes()).toContain(guest.uuid)
    engine = await TestEngine.start({ folder })
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded' })
    expect(await volumes()).not.toContain(guest.uuid)
  })

  test('by a disk that cannot be deleted: a retry deletes it, or says that it still cannot', async () => {
    const { guest, begin } = await deletion('partly')
    const thaw = await freezePool()
    const partly = { state: 'failed', error: { code: 'machine.delete-partly', details: { remaining: [{ key: diskOf(guest) }] } } }
    const first = await begin()
    expect(await engine.ended(first)).toMatchObject(partly)
    const { taskId: second } = await engine.client.tasks.retry({ taskId: first })
    expect(await engine.ended(second)).toMatchObject(partly)
    expect(await volumes()).toContain(guest.uuid)
    await thaw()
    const { taskId: third } = await engine.client.tasks.retry({ taskId: second })
    expect(await engine.ended(third)).toMatchObject({ state: 'succeeded' })
    expect(await volumes()).not.toContain(guest.uuid)
  })

  test('a disk that another machine has taken over since then stays', async () => {
    const { guest, begin } = await deletion('taken-over')
    const thaw = await freezePool()
    const first = await begin()
    await engine.ended(first)
    await thaw()
    const heir = await host.defineGuest({ name: 'heir', diskPath: diskOf(guest) })
    await engine.reaches(id, heir.uuid, 'stopped')
    const { taskId } = await engine.client.tasks.retry({ taskId: first })
    const { state, error } = await engine.ended(taskId)
    expect({ state, code: error?.code }).toEqual({ state: 'failed', code: 'machine.delete-partly' })
    expect(error?.message).toContain('used by heir')
    expect(await volumes()).toContain(guest.uuid)
  })
})
