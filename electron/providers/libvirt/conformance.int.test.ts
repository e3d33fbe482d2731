import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { type Lab, type LabHost, startLab } from '../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../e2e/lab/requires.ts'
import { procedureRow } from '../../libvirt/index.ts'
import { type ConformanceFixture, runProviderConformance, type ShellGuest } from '../conformance/index.ts'
import { libvirtProvider } from './index.ts'
import { testPorts, wallClock } from './testing/ports.ts'
import { SocketProxy } from './testing/proxy.ts'

describe.skipIf(!requirePeer('libvirtd').ok)('a real libvirtd with qemu', () => {
  let lab: Lab
  let host: LabHost
  let count = 0

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'cf' })
    host = lab.host('a')
    await host.exec('mkdir -p /srv/small && mount -t tmpfs -o size=8M none /srv/small')
    await host.virsh(['pool-create-as', 'small', 'dir', '--target', '/srv/small'])
  })
  afterAll(() => lab.stop())

  /** A guest large enough to boot; its shell waits for a key. */
  async function withShell(): Promise<ShellGuest> {
    const guest = await host.defineGuest({ name: `shell-${++count}`, graphics: true })
    await guest.start()
    await guest.waitReady()
    return { ref: guest.uuid, logIn: [{ type: '\r', shows: '# ' }] }
  }

  /** Without a picture. One with SPICE alone is in e2e/hosts/consoles.int.test.ts. */
  async function withoutVnc(): Promise<string> {
    const guest = await host.defineGuest({ name: `bare-${++count}`, boots: false })
    await guest.start()
    return guest.uuid
  }

  interface Pair {
    readonly stopped: string
    readonly running: string
    /** All that libvirt tells of both. */
    readonly told: string
  }

  /** Two machines that the test before left as they were. */
  let spare: Pair | undefined

  async function newPair(): Promise<Pair> {
    const number = ++count
    const [stopped, running] = await Promise.all(
      ['stopped', 'running'].map((role) => host.defineGuest({ name: `${role}-${number}`, diskMiB: 16, boots: false, graphics: true })),
    )
    if (!stopped || !running) throw new Error('no guests')
    await running.start()
    return { stopped: stopped.uuid, running: running.uuid, told: await toldOf(stopped.uuid, running.uuid) }
  }

  async function toldOf(stopped: string, running: string): Promise<string> {
    const ofEach = [stopped, running].flatMap((uuid) => [`domstate ${uuid} --reason`, `domid ${uuid}`, `dumpxml ${uuid}`])
    const asks = [...ofEach, `dumpxml ${running} --inactive`, 'list --all --uuid --autostart', 'list --all --uuid --with-managed-save']
    const { stdout, stderr } = await host.exec(['virsh', '-q', asks.join('; ')])
    return stdout + stderr
  }

  async function handBack(pair: Pair): Promise<void> {
    if ((await toldOf(pair.stopped, pair.running)) === pair.told) {
      spare = pair
      return
    }
    for (const uuid of [pair.stopped, pair.running]) {
      await host.exec(['sh', '-c', `virsh destroy ${uuid}; virsh undefine ${uuid} --managed-save --nvram --snapshots-metadata`])
    }
  }

  async function makeFixture(): Promise<ConformanceFixture> {
    const pair = spare ?? (await newPair())
    spare = undefined
    const ports = await testPorts()
    const proxy = await SocketProxy.listen(join(lab.dir, `p${++count}`), host.socketPath)
    const open = (socket: string) =>
      libvirtProvider.connect(libvirtProvider.configSchema.parse({ transport: 'unix', socket }), {}, ports, { timeoutMs: 20_000 })
    return {
      connection: await open(proxy.path),
      clock: wallClock,
      refs: { stopped: pair.stopped, running: pair.running },
      ground: { pool: 'default', network: 'default', smallPool: 'small' },
      open: () => open(host.socketPath),
      withShell,
      withoutVnc,
      cutLink: () => proxy.cut(),
      delayReplies: (ms) => proxy.delay(ms),
      loseNextReply: () => proxy.cutAtReplyTo([procedureRow('domainCreateWithFlags').number, procedureRow('domainDefineXmlFlags').number]),
      cutDeletion: () => proxy.cutAtReplyTo([procedureRow('domainUndefineFlags').number]),
      dispose: async () => {
        await proxy.close()
        await ports.dispose()
        await handBack(pair)
      },
    }
  }

  runProviderConformance('libvirt', makeFixture, {
    managedSave: true,
    cutLink: true,
    loseReplies: true,
    cutDeletion: true,
    delayReplies: true,
    serialShell: true,
    volumes: true,
    pools: true,
    builds: true,
    addsDisplays: true,
    // libvirt keeps names of 247 bytes, but qemu's sockets lie in a folder named after the first 20 characters of it: more than these
    // many bytes of emoji and the machine cannot start.
    longestNameBytes: 36,
    codes: { wrongState: 'machine.wrong-state', notFound: 'machine.not-found', nameTaken: 'machine.name-taken' },
  })
})
