import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { open, readFile, rm, writeFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join } from 'node:path'
import type { GuestSpec } from './domain-xml.ts'
import { guestXml, serialLogName } from './domain-xml.ts'
import type { HostSpec } from './host-files.ts'
import { hiddenPrograms } from './host-files.ts'
import type { ProcessRef } from './lease.ts'
import { processRef } from './lease.ts'
import type { RunOptions, RunResult } from './run.ts'
import { must, run, until } from './run.ts'

/** How a link is cut: the cable pulled, packets swallowed without a word, or connections reset and refused. */
export type CutMode = 'cable' | 'silence' | 'reset'

/** A guest that has been defined on a lab host. */
export interface LabGuest {
  readonly name: string
  readonly uuid: string
  start(): Promise<void>
  /** Resolves when the guest's user space is up (its agent, too); about 3 s after the start. */
  waitReady(timeoutMs?: number): Promise<void>
  state(): Promise<string>
  waitState(state: string, timeoutMs?: number): Promise<void>
  serialLog(): Promise<string>
}

/** A real host: its own libvirtd, sshd and network, reachable from this machine at `address`. */
export interface LabHost {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly user: 'root'
  /** Private key without a passphrase, good for root and for operator. */
  readonly keyFile: string
  readonly knownHostsFile: string
  /** As ssh prints it: SHA256:… */
  readonly hostKeyFingerprint: string
  /** libvirt's socket, as this machine sees it. */
  readonly socketPath: string
  /** The host's folder on this machine; /srv/host inside. */
  readonly dir: string
  /** For `virsh -c` from this machine, over the host's own sshd. */
  readonly sshUri: string
  /** Runs a program inside the host as root. A string goes through sh -c. */
  exec(command: string | readonly string[], options?: RunOptions): Promise<RunResult>
  /** Runs virsh over the local socket; returns its stdout. @throws Error with virsh's text */
  virsh(args: readonly string[], options?: RunOptions): Promise<string>
  defineGuest(spec: GuestSpec): Promise<LabGuest>
  cutNetwork(mode?: CutMode): Promise<void>
  restoreNetwork(): Promise<void>
  /** Default TERM. With KILL guests run on as they do when libvirtd crashes. */
  stopDaemon(signal?: 'TERM' | 'KILL'): Promise<void>
  startDaemon(): Promise<void>
  restartDaemon(): Promise<void>
  /** Ends sshd and its sessions. */
  stopSshd(): Promise<void>
  startSshd(): Promise<void>
  /** Gives the host a new host key; `knownHostsFile` keeps the old one. Returns the new fingerprint. */
  changeHostKey(): Promise<string>
}

export interface HostRun {
  readonly spec: HostSpec
  readonly dir: string
  readonly address: string
  readonly gateway: string
  readonly shared: string
  readonly guestDir: string
  readonly bridge: string
  readonly veth: string
  readonly cgroup: string
  readonly keep: boolean
  readonly keyFile: string
  readonly knownHostsFile: string
  readonly hostKeyFingerprint: string
  readonly sshCommand: string
}

/** Process numbers of a running host: `outer` holds the namespaces, `init` is process 1 inside. */
export interface HostProcesses {
  readonly outer: ProcessRef
  readonly initPid: number
}

/** Starts a host's namespaces and plugs it into the lab's bridge. Its services come up on their own: see waitHost. */
export async function startHost(host: HostRun): Promise<HostProcesses> {
  const log = await open(join(host.dir, 'log/init.log'), 'a')
  const child = spawn('bash', [join(import.meta.dirname, 'host-init.sh'), 'outer', host.spec.name, host.dir], {
    detached: true,
    stdio: [host.keep ? 'ignore' : 'pipe', log.fd, log.fd],
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      LC_ALL: 'C.UTF-8',
      NOVACRON_LAB_CGROUP: host.cgroup,
      NOVACRON_LAB_SHARED: host.shared,
      NOVACRON_LAB_GUEST: host.guestDir,
      NOVACRON_LAB_ADDRESS: host.address,
      NOVACRON_LAB_GATEWAY: host.gateway,
      NOVACRON_LAB_KEEP: host.keep ? 'yes' : '',
      NOVACRON_LAB_HIDE: (await hiddenPrograms(host.spec)).join(' '),
    },
  })
  await log.close()
  const pid = child.pid
  if (pid === undefined) throw new Error(`lab host ${host.spec.name} could not be started`)
  // The host must not keep this process alive; its open standard input is what tells it that we live.
  child.unref()
  if (child.stdin instanceof Socket) child.stdin.unref()
  const initPid = await until(`namespaces of lab host ${host.spec.name}`, async () => childOf(pid), 60_000, 5)
  const outer = await processRef(pid)
  if (outer === undefined) throw new Error(`lab host ${host.spec.name} ended at once: ${await initLog(host.dir)}`)
  await must('ip', ['link', 'add', host.veth, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(initPid)])
  await must('ip', ['link', 'set', host.veth, 'addrgenmode', 'none'])
  await must('ip', ['link', 'set', host.veth, 'master', host.bridge, 'up'])
  return { outer, initPid }
}

async function initLog(dir: string): Promise<string> {
  return readFile(join(dir, 'log/init.log'), 'utf8').catch(() => '')
}

/** The process 1 of the new pid namespace, once it has become one. */
async function childOf(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const child = Number(text.trim().split(' ')[0])
  if (!(child > 0)) return undefined
  const status = await readFile(`/proc/${child}/status`, 'utf8').catch(() => '')
  return /^NSpid:\s+\d+\s+1$/m.test(status) ? child : undefined
}

/** Waits until sshd and libvirtd answer. @throws Error with the host's own log */
export async function waitHost(host: HostRun, processes: HostProcesses): Promise<void> {
  const socket = join(host.dir, 'run/libvirt-sock')
  const wantsLibvirt = host.spec.libvirt !== false
  try {
    await until(
      `lab host ${host.spec.name}`,
      async () => {
        if ((await processRef(processes.outer.pid)) === undefined) throw new Error(`lab host ${host.spec.name} ended`)
        if ((await run('test', ['-e', join(host.dir, 'ready')])).code !== 0) return false
        if (!wantsLibvirt) return true
        return (await run('virsh', ['-q', '-c', localUri(socket), 'list', '--name'], { timeoutMs: 120_000 })).code === 0
      },
      120_000,
      50,
    )
  } catch (error) {
    const daemonLog = await readFile(join(host.dir, 'log/libvirtd.log'), 'utf8').catch(() => '')
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${await initLog(host.dir)}\n${daemonLog.slice(-2000)}`, {
      cause: error,
    })
  }
}

function localUri(socket: string): string {
  return `qemu+unix:///system?socket=${socket}`
}

/** The handle tests get. */
export function createHost(host: HostRun, processes: HostProcesses): LabHost {
  const port = host.spec.sshPort ?? 22
  const socketPath = join(host.dir, 'run/libvirt-sock')
  const exec: LabHost['exec'] = async (command, options) => {
    const args = typeof command === 'string' ? ['sh', '-c', command] : command
    return run('nsenter', ['-t', String(processes.initPid), '-m', '-u', '-n', '-p', '-C', '--', ...args], {
      ...options,
      env: { HOME: '/root', PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...options?.env },
    })
  }
  const execMust = async (command: string): Promise<string> => {
    const result = await exec(command)
    if (result.code !== 0) throw new Error(`in lab host ${host.spec.name}: ${command}: ${result.stderr.trim()}`)
    return result.stdout
  }
  const virsh: LabHost['virsh'] = async (args, options) => must('virsh', ['-q', '-c', localUri(socketPath), ...args], options)
  const services = (action: string): Promise<string> => execMust(`bash /srv/host/services.sh ${action}`)
  const startDaemon = async (): Promise<void> => {
    await services('start-libvirtd')
    await waitHost(host, processes)
  }
  const stopDaemon = async (signal: 'TERM' | 'KILL' = 'TERM'): Promise<void> => {
    await services(`stop-libvirtd ${signal}`)
  }
  return {
    name: host.spec.name,
    address: host.address,
    port,
    user: 'root',
    keyFile: host.keyFile,
    knownHostsFile: host.knownHostsFile,
    hostKeyFingerprint: host.hostKeyFingerprint,
    socketPath,
    dir: host.dir,
    sshUri: `qemu+ssh://root@${host.address}:${port}/system?command=${host.sshCommand}`,
    exec,
    virsh,
    defineGuest: async (spec) => defineGuest(spec, virsh, host.dir),
    cutNetwork: async (mode = 'cable') => {
      if (mode === 'cable') await must('ip', ['link', 'set', host.veth, 'down'])
      else {
        const target = mode === 'silence' ? 'DROP' : 'REJECT --reject-with tcp-reset -p tcp'
        await execMust(
          `for c in INPUT OUTPUT; do iptables -w -I $c 1 ! -i lo -m comment --comment lab-cut -j ${target}; done`.replace('! -i lo ', ''),
        )
      }
    },
    restoreNetwork: async () => {
      await must('ip', ['link', 'set', host.veth, 'up'])
      await execMust('iptables-save | grep -v lab-cut | iptables-restore')
    },
    stopDaemon,
    startDaemon,
    restartDaemon: async () => {
      await stopDaemon()
      await startDaemon()
    },
    stopSshd: async () => {
      await services('stop-sshd')
    },
    startSshd: async () => {
      await services('start-sshd')
    },
    changeHostKey: async () => {
      await services('stop-sshd')
      await execMust('rm -f /srv/host/ssh/host_key*; ssh-keygen -q -t ed25519 -N "" -C lab -f /srv/host/ssh/host_key')
      await services('start-sshd')
      return fingerprint(join(host.dir, 'ssh/host_key.pub'))
    },
  }
}

/** The SHA256 fingerprint of a public key file. */
export async function fingerprint(file: string): Promise<string> {
  return (await must('ssh-keygen', ['-l', '-E', 'sha256', '-f', file])).split(' ')[1] ?? ''
}

async function defineGuest(spec: GuestSpec, virsh: LabHost['virsh'], dir: string): Promise<LabGuest> {
  const uuid = spec.uuid ?? randomUUID()
  let diskPath = spec.diskPath
  if (spec.diskMiB !== undefined) {
    const volume = `${uuid}.qcow2`
    await virsh(['vol-create-as', 'default', volume, `${spec.diskMiB}M`, '--format', 'qcow2'])
    diskPath = `/var/lib/libvirt/images/${volume}`
  }
  const file = join(dir, `${uuid}.xml`)
  await writeFile(file, guestXml({ ...spec, uuid }, diskPath))
  await virsh(['define', file])
  await rm(file)
  const serialLog = async (): Promise<string> => readFile(join(dir, 'log', serialLogName(spec.name)), 'utf8').catch(() => '')
  const state = async (): Promise<string> => (await virsh(['domstate', uuid])).trim()
  return {
    name: spec.name,
    uuid,
    start: async () => {
      await virsh(['start', uuid])
    },
    waitReady: async (timeoutMs = 240_000) => {
      const deadline = Date.now() + timeoutMs
      await until(`guest ${spec.name} up`, async () => (await serialLog()).includes('GUEST-READY'), timeoutMs, 100)
      const ping = [
        '-q',
        '-c',
        localUri(join(dir, 'run/libvirt-sock')),
        'qemu-agent-command',
        uuid,
        '{"execute":"guest-ping"}',
        '--timeout',
        '5',
      ]
      await until(`agent of guest ${spec.name}`, async () => (await run('virsh', ping)).code === 0, deadline - Date.now(), 100)
    },
    state,
    waitState: async (wanted, timeoutMs = 120_000) => {
      await until(`guest ${spec.name} ${wanted}`, async () => (await state()) === wanted, timeoutMs, 100)
    },
    serialLog,
  }
}
