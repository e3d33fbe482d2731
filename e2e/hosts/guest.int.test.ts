import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConnectionId, MachineId } from '../../shared/model/index.ts'
import { type Lab, type LabGuest, type LabHost, startLab, until } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'
import { engineFolder, failureOf, TestEngine } from './engine.ts'

describe.skipIf(!requirePeer('libvirtd').ok)('the agent inside a real guest', () => {
  let lab: Lab
  let host: LabHost
  let engine: TestEngine
  let id: ConnectionId
  let guest: LabGuest
  let machineId: MachineId

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'] })
    host = lab.host('a')
    const folder = await engineFolder()
    await copyFile(host.knownHostsFile, join(folder, 'home/.ssh/known_hosts'))
    engine = await TestEngine.start({ folder })
    id = (await engine.add('a', { transport: 'ssh', host: host.address, user: 'root', keyFile: host.keyFile })).id
    await engine.status(id, 'online')
    guest = await host.defineGuest({ name: 'inside', network: 'default', diskMiB: 64 })
    await guest.start()
    machineId = (await engine.reaches(id, guest.uuid, 'running')).id
    await guest.waitReady()
    await until('the agent answers', async () => (await engine.client.guest.info({ machineId })).agent === 'connected')
  })
  afterAll(async () => {
    await engine?.stop()
    await lab?.stop()
  })

  test('it tells what it knows; what it does not is named, and nothing is made up', async () => {
    const info = await engine.client.guest.info({ machineId })
    expect(info).toMatchObject({ agent: 'connected' })
    expect(info.interfaces?.some(({ mac, addresses }) => mac !== null && addresses.length > 0)).toBe(true)
    expect(Math.abs(info.clockOffsetMs ?? Number.NaN)).toBeLessThan(60_000)
    expect(info.os).toMatchObject({ name: 'Tiny lab guest 1', id: 'tiny', version: '1', architecture: 'x86_64' })
    expect(info.hostname).toBe('inside')
    // the tiny guest keeps no list of who is logged in, and mounts nothing
    expect(info.users ?? []).toEqual([])
    expect(info.filesystems ?? []).toEqual([])
  })

  test('its clock is set, its file systems freeze and thaw', async () => {
    const offset = async () => Math.abs((await engine.client.guest.info({ machineId })).clockOffsetMs ?? Number.NaN)
    await host.virsh(['domtime', guest.uuid, '--time', String(Math.floor(Date.now() / 1_000) - 7_200)])
    expect(await offset()).toBeGreaterThan(3_600_000)
    await engine.client.guest.setTime({ machineId })
    expect(await offset()).toBeLessThan(60_000)
    await engine.client.guest.freeze({ machineId })
    await engine.client.guest.thaw({ machineId })
  })

  test('a password is set, or refused in the guest’s own words, and stands in no audit', async () => {
    const failure = await failureOf(engine.client.guest.setPassword({ machineId, user: 'nobody-here', password: 'hunter2-secret' }))
    expect(failure).toMatchObject({ kind: 'remote-failure', code: 'guest.refused' })
    await engine.client.guest.setPassword({ machineId, user: 'root', password: 'hunter2-secret' })
    const { items } = await engine.client.audit.list({ limit: 20 })
    expect(items.filter(({ method }) => method === 'guest.setPassword').map(({ outcome }) => outcome)).toEqual(['ok', 'failed'])
    expect(JSON.stringify(items)).not.toContain('hunter2-secret')
  })

  test('a key that is none is refused before it leaves', async () => {
    expect(await failureOf(engine.client.guest.addSshKeys({ machineId, user: 'root', keys: ['rm -rf /'] }))).toMatchObject({
      kind: 'invalid-input',
    })
  })

  test('a machine without a channel, and one that is off, say so', async () => {
    const off = await host.defineGuest({ name: 'off', boots: false })
    const { id: offId } = await engine.reaches(id, off.uuid, 'stopped')
    expect(await engine.client.guest.info({ machineId: offId })).toMatchObject({ agent: 'disconnected', os: null, filesystems: null })
    expect((await failureOf(engine.client.guest.freeze({ machineId: offId }))).kind).toBe('precondition')
  })
})
