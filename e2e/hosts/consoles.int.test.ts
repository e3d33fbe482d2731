import { spawn } from 'node:child_process'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectLibvirt, openLocalLibvirt } from '../../electron/libvirt/index.ts'
import { isAppError } from '../../shared/errors/index.ts'
import type { ConnectionId, MachineId } from '../../shared/model/index.ts'
import { type GuestSpec, type Lab, type LabGuest, type LabHost, startLab, until } from '../lab/lab.ts'
import { CLI } from '../lab/programs.ts'
import { requirePeer } from '../lab/requires.ts'
import type { ConsoleSocket } from './console-socket.ts'
import { dataOf, engineFolder, failureOf, TestEngine } from './engine.ts'

describe.skipIf(!requirePeer('libvirtd').ok)('consoles of real machines, through the host’s one SSH connection', () => {
  let lab: Lab
  let host: LabHost
  let engine: TestEngine
  let folder: string
  let id: ConnectionId

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'] })
    host = lab.host('a')
    folder = await engineFolder()
    await copyFile(host.knownHostsFile, join(folder, 'home/.ssh/known_hosts'))
    engine = await TestEngine.start({ folder })
    id = (await engine.add('a', { transport: 'ssh', host: host.address, user: 'root', keyFile: host.keyFile })).id
    await engine.status(id, 'online')
  })
  afterAll(async () => {
    await engine?.stop()
    await lab?.stop()
  })

  async function running(spec: GuestSpec): Promise<{ readonly guest: LabGuest; readonly machineId: MachineId }> {
    const guest = await host.defineGuest(spec)
    await guest.start()
    return { guest, machineId: (await engine.reaches(id, guest.uuid, 'running')).id }
  }

  async function open(
    machineId: MachineId,
    kind: 'vnc' | 'serial',
    more: { index?: number; takeOver?: boolean } = {},
  ): Promise<ConsoleSocket> {
    const { token } = await engine.client.consoles.open({ machineId, kind, ...more })
    return engine.console(token)
  }

  /**
   * As the page does after a lost link. libvirtd 9.0 can crash when a console is opened while the one of a client that has just gone is taken
   * down; the host's init starts it again, and the machine has run on.
   */
  async function reopened(machineId: MachineId): Promise<ConsoleSocket> {
    try {
      return await open(machineId, 'serial')
    } catch (thrown) {
      if (!isAppError(thrown) || (thrown.kind !== 'indeterminate' && thrown.kind !== 'unreachable')) throw thrown
      // that the link was lost may be over before it is told
      return await until('the console', () => open(machineId, 'serial').catch(() => undefined))
    }
  }

  /** As noVNC greets a server; the size and the name of the screen. */
  async function greet(console: ConsoleSocket): Promise<{ readonly width: number; readonly height: number; readonly name: string }> {
    expect((await console.exactly(12)).toString()).toBe('RFB 003.008\n')
    await console.send('RFB 003.008\n')
    expect([...(await console.exactly(2))]).toEqual([1, 1]) // one type: none
    await console.send(Uint8Array.of(1))
    expect([...(await console.exactly(4))]).toEqual([0, 0, 0, 0])
    await console.send(Uint8Array.of(1))
    const head = await console.exactly(24)
    const name = await console.exactly(head.readUInt32BE(20))
    return { width: head.readUInt16BE(0), height: head.readUInt16BE(2), name: name.toString() }
  }

  /** Asks for the whole screen; resolves with the number of rectangles of the update. */
  async function picture(console: ConsoleSocket, { width, height }: { width: number; height: number }): Promise<number> {
    const request = Buffer.alloc(10)
    request.writeUInt8(3, 0)
    request.writeUInt16BE(width, 6)
    request.writeUInt16BE(height, 8)
    await console.send(request)
    const head = await console.exactly(4)
    expect(head[0]).toBe(0) // FramebufferUpdate
    return head.readUInt16BE(2)
  }

  test('a stopped machine names its consoles and says why they cannot be opened', async () => {
    const guest = await host.defineGuest({ name: 'off', boots: false, graphics: true })
    const { id: machineId } = await engine.reaches(id, guest.uuid, 'stopped')
    const consoles = await engine.client.consoles.list({ machineId })
    expect(consoles.map(({ kind, reason }) => [kind, reason?.code])).toEqual([
      ['vnc', 'console.not-running'],
      ['serial', 'console.not-running'],
      ['ssh', 'console.not-running'],
    ])
    expect(await failureOf(engine.client.consoles.open({ machineId, kind: 'serial' }))).toMatchObject({ code: 'console.not-running' })
  })

  test('the serial port: two who look see the same, both type, and the second sees what was written before', async () => {
    const { guest, machineId } = await running({ name: 'typed' })
    const first = await open(machineId, 'serial')
    await guest.waitReady()
    await first.send('\n')
    await first.says('# ')
    await first.send('echo hello-$((40+2))\n')
    await first.says('hello-42')
    const second = await open(machineId, 'serial')
    await second.says('hello-42')
    await second.send('echo from-$((1+1))\n')
    await first.says('from-2')
    await second.says('from-2')
    first.close()
    await second.send('echo still-$((1+2))\n')
    await second.says('still-3')
    expect(first.text).not.toContain('still-3')
    second.close()
  })

  test('a port that another client holds is busy, and is taken over when a person says so', async () => {
    const { guest, machineId } = await running({ name: 'held' })
    await guest.waitReady()
    const other = await connectLibvirt({ stream: await openLocalLibvirt({ socketPath: host.socketPath }), uri: 'qemu:///system' })
    const { dom } = await other.call('domainLookupByName', { name: 'held' })
    const { stream } = await other.openStream('domainOpenConsole', { dom })
    expect(await failureOf(engine.client.consoles.open({ machineId, kind: 'serial' }))).toMatchObject({
      kind: 'conflict',
      code: 'console.busy',
    })
    const taken = await open(machineId, 'serial', { takeOver: true })
    await taken.send('\n')
    await taken.says('# ')
    await stream.ended
    taken.close()
    await other.close()
  })

  test.each([
    ['on the host’s loopback', 'plain', true],
    ['behind a password, which the page is never asked for', 'secret', { password: 'sesame12' }],
    ['on a unix socket', 'socket', { socket: '/run/libvirt/vnc-socket.sock' }],
  ] as const)('VNC %s: the screen has a size, a name and a picture, and nobody is thrown out', async (_where, name, graphics) => {
    const { machineId } = await running({ name, graphics })
    const first = await open(machineId, 'vnc')
    const screen = await greet(first)
    expect(screen.width).toBeGreaterThanOrEqual(640)
    expect(screen.name).toContain(name)
    expect(await picture(first, screen)).toBeGreaterThan(0)
    const second = await open(machineId, 'vnc')
    await greet(second)
    expect(first.closed).toBeNull()
    second.close()
    await host.virsh(['destroy', name])
    expect(await first.end()).toMatchObject({ code: 4_000 })
  })

  test('a display that speaks SPICE says so, and one that is not there is not found', async () => {
    const guest = await host.defineGuest({ name: 'odd', boots: false, graphics: 'spice' })
    const { id: machineId } = await engine.reaches(id, guest.uuid, 'stopped')
    expect((await engine.client.consoles.list({ machineId }))[0]).toMatchObject({ label: 'SPICE', reason: { code: 'console.not-vnc' } })
    expect(await failureOf(engine.client.consoles.open({ machineId, kind: 'vnc' }))).toMatchObject({ code: 'console.not-vnc' })
    expect(await failureOf(engine.client.consoles.open({ machineId, kind: 'vnc', index: 5 }))).toMatchObject({ code: 'console.not-found' })
  })

  test('a VNC display that is added to a machine with SPICE alone shows a picture after the next start', async () => {
    const { guest, machineId } = await running({ name: 'added', graphics: 'spice' })
    const { taskId } = await engine.client.machines.act({ targets: { ids: [machineId] }, action: { action: 'addDisplay' } })
    expect((await engine.ended(taskId)).state).toBe('succeeded')
    const waiting = (await engine.client.consoles.list({ machineId })).filter(({ kind }) => kind === 'vnc')
    expect(waiting.map(({ label, reason }) => [label, reason?.code])).toEqual([
      ['SPICE', 'console.not-vnc'],
      ['VNC', 'console.after-start'],
    ])
    // neither the journal nor the log keeps the definition
    expect(JSON.stringify(await engine.client.tasks.get({ taskId }))).not.toContain('<')
    await host.virsh(['destroy', guest.uuid])
    await engine.reaches(id, guest.uuid, 'stopped')
    await guest.start()
    await engine.reaches(id, guest.uuid, 'running')
    const console = await open(machineId, 'vnc', { index: 1 })
    const screen = await greet(console)
    expect(screen.name).toContain('added')
    expect(await picture(console, screen)).toBeGreaterThan(0)
    console.close()
  })

  test('a guest’s size is asked for where the video device has more than one, and refused where it has not', async () => {
    /** What becomes of a request for 1024 by 768: the status of the server's answer (rfbproto, ExtendedDesktopSize). */
    const verdict = async (machineId: MachineId): Promise<number> => {
      const console = await open(machineId, 'vnc')
      await greet(console)
      await console.send(Uint8Array.of(2, 0, 0, 1, 255, 255, 254, 204)) // SetEncodings: that one alone
      await console.send(Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0, 0)) // FramebufferUpdateRequest: of no pixel
      expect(await firstSize(console)).toMatchObject({ why: 0 })
      await console.send(Uint8Array.of(251, 0, 4, 0, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 3, 0, 0, 0, 0, 0))
      let answer = await firstSize(console)
      while (answer.why === 0) answer = await firstSize(console) // the firmware has changed the size meanwhile
      expect(answer.why).toBe(1)
      console.close()
      return answer.status
    }
    const firstSize = async (console: ConsoleSocket): Promise<{ readonly why: number; readonly status: number }> => {
      const update = await console.exactly(4)
      expect(update[0]).toBe(0)
      for (let left = update.readUInt16BE(2); left > 0; left -= 1) {
        const head = await console.exactly(12)
        if (head.readInt32BE(8) === -308) {
          await console.exactly(4 + 16)
          return { why: head.readUInt16BE(0), status: head.readUInt16BE(2) }
        }
        // the firmware has drawn something meanwhile: pixels as they are, four bytes each
        expect(head.readInt32BE(8)).toBe(0)
        await console.exactly(head.readUInt16BE(4) * head.readUInt16BE(6) * 4)
      }
      return firstSize(console)
    }
    const { machineId } = await running({ name: 'fixed', graphics: true })
    const guest = await host.defineGuest({ name: 'elastic', graphics: true })
    await host.exec([
      'sh',
      '-c',
      `virsh dumpxml ${guest.uuid} | sed "s/type='vga' vram='[0-9]*'/type='virtio'/" >/tmp/elastic.xml; virsh define /tmp/elastic.xml`,
    ])
    await guest.start()
    const elastic = (await engine.reaches(id, guest.uuid, 'running')).id
    expect([await verdict(machineId), await verdict(elastic)]).toEqual([3, 4])
  })

  test('a reset keeps the display and the port; a machine that goes off ends both, and both open again once it runs', async () => {
    const { guest, machineId } = await running({ name: 'again', graphics: true })
    const display = await open(machineId, 'vnc')
    const screen = await greet(display)
    const port = await open(machineId, 'serial')
    await guest.waitReady()
    await host.virsh(['reset', guest.uuid])
    await until('the second boot', async () => (await guest.serialLog()).split('GUEST-READY').length === 3)
    await port.send('\n')
    await port.says('# ')
    await port.send('echo after-the-$((0+1))st\n')
    await port.says('after-the-1st')
    expect(await picture(display, screen)).toBeGreaterThan(0)
    expect([display.closed, port.closed]).toEqual([null, null])
    await host.virsh(['destroy', guest.uuid])
    expect([(await display.end()).code, (await port.end()).code]).toEqual([4_000, 4_000])
    await guest.start()
    await engine.reaches(id, guest.uuid, 'running')
    const back = await open(machineId, 'vnc')
    expect(await picture(back, await greet(back))).toBeGreaterThan(0)
    back.close()
    const portBack = await open(machineId, 'serial')
    await host.virsh(['destroy', guest.uuid])
    expect((await portBack.end()).code).toBe(4_000)
  })

  test('a lost link ends the console, and once it is back the console is opened anew with what was written before', async () => {
    const { guest, machineId } = await running({ name: 'cut' })
    await guest.waitReady()
    const console = await open(machineId, 'serial')
    await console.send('\necho before-$((2+3))\n')
    await console.says('before-5')
    await host.cutNetwork('reset')
    expect((await console.end()).code).not.toBe(1_000)
    await engine.status(id, 'offline')
    expect(await failureOf(engine.client.consoles.open({ machineId, kind: 'serial' }))).toMatchObject({ code: 'link.not-live' })
    await host.restoreNetwork()
    await engine.status(id, 'online')
    const again = await reopened(machineId)
    await again.send('echo after-$((3+4))\n')
    await again.says('after-7')
    again.close()
  })

  test('a token serves once, and only a console that was opened', async () => {
    const { machineId } = await running({ name: 'once', graphics: true })
    const { token } = await engine.client.consoles.open({ machineId, kind: 'vnc' })
    await greet(engine.console(token))
    expect(await engine.console(token).end()).toEqual({ code: 4_001, reason: 'not-found console.token-unknown' })
    expect(await engine.console('made-up').end()).toEqual({ code: 4_001, reason: 'not-found console.token-unknown' })
  })

  test('the command line sits down in front of it', async () => {
    const { guest } = await running({ name: 'cli' })
    await guest.waitReady()
    const child = spawn(process.execPath, [CLI, '--data', dataOf(folder), 'console', 'cli'], { stdio: ['pipe', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    child.stdin.write('\necho typed-$((6*7))\n')
    await until('the answer', async () => said.includes('typed-42'))
    child.stdin.end()
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0)
  })
})
