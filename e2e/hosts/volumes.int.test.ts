import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { copyFile, open, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { findEndpoint } from '../../electron/host/control.ts'
import { toAppError } from '../../shared/errors/index.ts'
import type { ConnectionId, PoolId, TaskId } from '../../shared/model/index.ts'
import { UploadSender } from '../../shared/transfer/index.ts'
import { type Lab, type LabHost, startLab, until } from '../lab/lab.ts'
import { CLI } from '../lab/programs.ts'
import { requirePeer } from '../lab/requires.ts'
import { dataOf, engineFolder, failureOf, TestEngine } from './engine.ts'

const MIB = 1_048_576
const SIZE = 224 * MIB + 11
const IMAGES = '/var/lib/libvirt/images'
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe.skipIf(!requirePeer('libvirtd').ok)('files of a host’s pools', () => {
  const content = randomBytes(SIZE)
  let lab: Lab
  let host: LabHost
  let folder: string
  let file: string
  let engine: TestEngine
  let connectionId: ConnectionId

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'hv' })
    host = lab.host('a')
    folder = await engineFolder()
    file = join(folder, 'disk.img')
    await writeFile(file, content)
    await copyFile(host.knownHostsFile, join(folder, 'home/.ssh/known_hosts'))
    engine = await TestEngine.start({ folder })
    const config = { transport: 'ssh', host: host.address, user: 'root', keyFile: host.keyFile }
    connectionId = (await engine.add('a', config, { remember: true })).id
    await engine.status(connectionId, 'online')
    await until('the pool', async () => engine.all('pool').some(({ name }) => name === 'default'))
  })
  afterAll(async () => {
    await engine?.stop()
    await lab?.stop()
  })

  const poolId = (): PoolId => {
    const pool = engine.all('pool').find(({ name }) => name === 'default')
    if (!pool) throw new Error('no pool')
    return pool.id
  }
  const hostName = (): string => engine.hostOf(connectionId)?.name ?? ''
  const place = (volume = '') => `${hostName()}/default/${volume}`
  const sumOn = async (volume: string) => (await host.exec(['sha256sum', `${IMAGES}/${volume}`])).stdout.slice(0, 64)

  function cli(...args: readonly string[]): {
    readonly child: ChildProcess
    readonly ended: Promise<{ code: number | null; out: string; err: string }>
  } {
    const child = spawn(process.execPath, [CLI, '--data', dataOf(folder), 'volume', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    const said = { out: '', err: '' }
    child.stdout?.on('data', (chunk: Buffer) => (said.out += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (said.err += chunk.toString()))
    const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      child.once('close', (code) => resolve({ code, ...said }))
    })
    return { child, ended }
  }

  /** The upload that is under way, once so much of it has been sent. */
  async function underWay(volume: string, bytes = 100 * MIB): Promise<TaskId> {
    return until(`${volume} on its way`, async () => {
      const { items } = await engine.client.tasks.list({ query: '', limit: 20 })
      const task = items.find(({ kind, target, endedAtMs }) => kind === 'volume.upload' && target?.name === volume && endedAtMs === null)
      return (task?.progress.bytesDone ?? 0) >= bytes ? task?.id : undefined
    })
  }

  /** The part of a download, once so much of it is there. */
  async function begun(saved: string, bytes: number): Promise<string> {
    return until(`${saved} on its way`, async () => {
      const part = (await readdir(folder)).find((name) => name.startsWith(`${basename(saved)}.`) && name.endsWith('.part'))
      if (part === undefined) return undefined
      return (await stat(join(folder, part))).size >= bytes ? join(folder, part) : undefined
    })
  }

  /** As a page sends: over whichever engine runs. */
  async function sender(volume: string) {
    const { taskId, token } = await engine.client.volumes.upload({ poolId: poolId(), name: volume, sizeBytes: SIZE })
    const endpoint = async () => (await findEndpoint(dataOf(folder))) ?? { socket: '/nowhere', token: '' }
    let now = await endpoint()
    const it = new UploadSender({
      sizeBytes: SIZE,
      read: (offset, length) => Promise.resolve(Uint8Array.from(content.subarray(offset, offset + length))),
      open: (way, ears) => {
        const headers = { authorization: `Bearer ${now.token}` }
        const socket = new WebSocket(`ws+unix:${now.socket}:/console/${way}`, { headers, perMessageDeflate: false })
        socket.on('open', ears.onOpen)
        socket.on('message', (data: Buffer) => ears.onWord(data.toString()))
        socket.on('error', () => {})
        socket.on('close', (code, reason) => ears.onClosed(code, reason.toString()))
        return { send: (bytes) => socket.send(bytes), close: () => socket.close() }
      },
      resume: async () => {
        now = await endpoint()
        return await engine.client.volumes.resumeUpload({ taskId }).catch((thrown: unknown) => {
          throw toAppError(thrown)
        })
      },
      setTimer: (run, delayMs) => {
        const timer = setTimeout(run, delayMs)
        return () => clearTimeout(timer)
      },
      random: Math.random,
      onProgress: () => {},
    })
    return { taskId, sending: it.run(token) }
  }

  test('an upload whose host is cut off in the middle goes on by itself, and comes whole', async () => {
    const upload = cli('upload', file, place('cut.img'))
    const taskId = await underWay('cut.img', 16 * MIB)
    await host.cutNetwork('reset')
    await until('the loss', async () => engine.connection(connectionId).status !== 'online')
    await host.restoreNetwork()
    expect(await upload.ended).toMatchObject({ code: 0, out: 'default/cut.img\n', err: '' })
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', progress: { bytesDone: SIZE, bytesTotal: SIZE } })
    expect(await sumOn('cut.img')).toBe(sha256(content))
  })

  test('what was uploaded is listed, saved as it is, and deleted', async () => {
    const list = await cli('list', place()).ended
    expect(list.out).toMatch(/^NAME +FORMAT/)
    expect(list.out).toMatch(/cut\.img +raw +0\.2/)
    const saved = join(folder, 'saved.img')
    expect(await cli('download', place('cut.img'), saved).ended).toMatchObject({ code: 0, out: `${saved}\n` })
    expect(sha256(await readFile(saved))).toBe(sha256(content))
    expect((await cli('download', place('cut.img'), saved).ended).err).toContain('cli.file-exists')
    expect((await cli('upload', file, place('cut.img')).ended).err).toContain('volume.name-taken')
    expect((await cli('remove', place('cut.img')).ended).code).toBe(1)
    expect((await cli('remove', '--yes', place('cut.img')).ended).code).toBe(0)
    expect((await cli('download', place('cut.img'), join(folder, 'x')).ended).err).toContain('volume.not-found')
  })

  test('a download whose host is cut off in the middle goes on by itself, and comes whole', async () => {
    await writeFile(join(host.dir, 'down.img'), content)
    await host.exec(`cp /srv/host/down.img ${IMAGES}/down.img`)
    const saved = join(folder, 'down.img')
    const download = cli('download', place('down.img'), saved)
    const part = await begun(saved, 16 * MIB)
    await host.cutNetwork('reset')
    await until('the loss', async () => engine.connection(connectionId).status !== 'online')
    expect((await stat(part)).size).toBeLessThan(SIZE)
    await host.restoreNetwork()
    expect(await download.ended).toMatchObject({ code: 0, out: `${saved}\n`, err: '' })
    expect(sha256(await readFile(saved))).toBe(sha256(content))
  })

  test('the command line that was ended in the middle goes on where it stopped, and begins anew with a volume that was changed', async () => {
    const saved = join(folder, 'ended.img')
    const shorter = content.subarray(0, 192 * MIB)
    await host.exec(`truncate -s ${shorter.length} ${IMAGES}/down.img`)
    const first = cli('download', place('down.img'), saved)
    const part = await begun(saved, 16 * MIB)
    first.child.kill('SIGKILL')
    await first.ended
    const { size } = await stat(part)
    expect(size).toBeLessThan(shorter.length)
    // told from what it would read by what is there already
    const mark = await open(part, 'r+')
    await mark.write(Buffer.from('kept'), 0, 4, 0)
    await mark.close()
    expect(await cli('download', place('down.img'), saved).ended).toMatchObject({ code: 0, err: '' })
    const whole = await readFile(saved)
    expect(whole.subarray(0, 4).toString()).toBe('kept')
    expect(sha256(whole.subarray(4))).toBe(sha256(shorter.subarray(4)))
    const second = cli('download', '--force', place('down.img'), saved)
    await begun(saved, 16 * MIB)
    second.child.kill('SIGKILL')
    await second.ended
    await host.exec(`printf other | dd of=${IMAGES}/down.img conv=notrunc status=none`)
    expect(await cli('download', '--force', place('down.img'), saved).ended).toMatchObject({ code: 0, err: '' })
    expect(sha256(await readFile(saved))).toBe(await sumOn('down.img'))
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  test('the rest of a volume is refused once it is another, however little of it', async () => {
    const { version } = await engine.client.volumes.download({ poolId: poolId(), name: 'down.img' })
    const rest = { poolId: poolId(), name: 'down.img', offset: MIB, version }
    expect((await engine.client.volumes.download(rest)).version).toBe(version)
    await host.exec(`printf x | dd of=${IMAGES}/down.img conv=notrunc status=none`)
    expect(await failureOf(engine.client.volumes.download(rest))).toMatchObject({ kind: 'conflict', code: 'volume.changed' })
    await engine.ended((await engine.client.volumes.remove({ poolId: poolId(), name: 'down.img' })).taskId)
  })

  test('an upload survives the end of the engine, however sudden', async () => {
    const { taskId, sending } = await sender('killed.img')
    await underWay('killed.img')
    await engine.stop('SIGKILL')
    engine = await TestEngine.start({ folder })
    await sending
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded' })
    expect(await sumOn('killed.img')).toBe(sha256(content))
    await engine.ended((await engine.client.volumes.remove({ poolId: poolId(), name: 'killed.img' })).taskId)
  })

  test('one that is cancelled leaves nothing behind', async () => {
    const { taskId, sending } = await sender('cancelled.img')
    const failure = failureOf(sending)
    await underWay('cancelled.img')
    await engine.client.tasks.cancel({ taskId })
    expect((await engine.ended(taskId)).state).toBe('cancelled')
    expect((await failure).code).toBe('volume.upload-over')
    await until('no half volume', async () => !(await host.exec(`ls ${IMAGES}`)).stdout.includes('cancelled.img'))
  })

  test('a pool that is switched off in the middle keeps what it has, and a retry goes on', async () => {
    const { taskId, sending } = await sender('off.img')
    const failure = failureOf(sending)
    await underWay('off.img', 70 * MIB)
    await host.virsh(['pool-destroy', 'default'])
    expect(await engine.ended(taskId)).toMatchObject({ state: 'failed', error: { code: 'volume.pool-off' } })
    expect((await failure).code).toBe('volume.pool-off')
    await host.virsh(['pool-start', 'default'])
    const retry = await engine.client.tasks.retry({ taskId })
    const { token, offset } = await engine.client.volumes.resumeUpload({ taskId: retry.taskId })
    expect(offset).toBeGreaterThanOrEqual(64 * MIB)
    const socket = engine.console(token)
    for (let at = offset; at < SIZE; at += MIB) await socket.send(content.subarray(at, at + MIB))
    expect(await engine.ended(retry.taskId)).toMatchObject({ state: 'succeeded' })
    expect(await sumOn('off.img')).toBe(sha256(content))
    expect((await cli('remove', '--yes', place('off.img')).ended).code).toBe(0)
  })

  test('the host downloads and converts by itself, and the command line says how that went', async () => {
    await copyFile(
      fileURLToPath(new URL('../../electron/providers/libvirt/volumes/testing/web-server.mjs', import.meta.url)),
      join(host.dir, 'web.mjs'),
    )
    await writeFile(join(host.dir, 'small.raw'), content.subarray(0, MIB))
    await host.exec(`setsid '${process.execPath}' /srv/host/web.mjs 8098 /srv/host </dev/null >/dev/null 2>&1 &`)
    const web = 'http://127.0.0.1:8098'
    await until('the web server', async () => (await host.exec(`curl -sf ${web}/small.raw -o /dev/null`)).code === 0)
    const sum = sha256(content.subarray(0, MIB))
    expect(await cli('fetch', `${web}/small.raw`, place(), '--sha256', sum).ended).toMatchObject({ code: 0, out: 'default/small.raw\n' })
    const missing = await cli('fetch', `${web}/missing.iso`, place()).ended
    expect(missing).toMatchObject({ code: 1, out: '' })
    expect(missing.err).toContain('404')
    expect((await cli('fetch', 'http://ada:secret@127.0.0.1/x.iso', place()).ended).err).toContain('volume.url-with-secrets')
    const converted = await cli('convert', place('small.raw'), place('small.qcow2')).ended
    expect(converted).toMatchObject({ code: 0, out: 'default/small.qcow2\n' })
    expect((await cli('list', place()).ended).out).toMatch(/small\.qcow2 +qcow2/)
    const none = await cli('convert', '/etc/hostname.vmdk', place('none.qcow2')).ended
    expect(none.err).toContain('volume.not-an-image')
    for (const name of ['small.raw', 'small.qcow2']) expect((await cli('remove', '--yes', place(name)).ended).code).toBe(0)
  })
})
