import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface TestUser {
  readonly name: string
  readonly password?: string
  /** Further groups: `libvirt` lets the user reach the socket. */
  readonly groups?: readonly string[]
  readonly shell?: string
}

export interface TestHostOptions {
  /** Lines for sshd_config, before the defaults, so that they win. */
  readonly sshd?: readonly string[]
  readonly users?: readonly TestUser[]
  /** Public keys that may log in as anybody. */
  readonly authorizedKeys?: readonly string[]
  readonly hostKeyTypes?: readonly ('ed25519' | 'ecdsa' | 'rsa')[]
  /** Programs that this host does not have. */
  readonly hide?: readonly string[]
  /** `none`: nothing set up; `stopped`: installed, not running. Default `none`. */
  readonly libvirt?: 'none' | 'stopped' | 'running'
  readonly libvirtArguments?: string
  readonly libvirtdConf?: readonly string[]
  /** Copied to /etc/libvirt of the host before libvirtd starts: name → content. */
  readonly libvirtFiles?: Readonly<Record<string, string>>
  /** Lives in the network of another host, on its loopback: reachable from there only. */
  readonly insideOf?: TestHost
  readonly port?: number
}

/** A host of its own: network, mount, pid and uts namespace, users, sshd and, if wanted, libvirtd. Needs root. */
export interface TestHost {
  readonly address: string
  readonly port: number
  readonly folder: string
  /** Public host keys, `type base64`. */
  readonly hostKeys: readonly string[]
  /** Runs a command inside the host. */
  run(...command: string[]): Promise<string>
  /** Cuts the network as pulling the cable does: packets vanish. */
  cutLink(): Promise<void>
  log(): Promise<string>
  stop(): Promise<void>
  readonly pid: number
}

let counter = 0

/** Waits until `probe` is true, or fails after `timeoutMs`. */
export async function until(what: string, probe: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const end = Date.now() + timeoutMs
  while (!(await probe())) {
    if (Date.now() > end) throw new Error(`still not: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

/** Makes a key pair; returns the path of the private key. */
export async function makeKey(
  folder: string,
  name: string,
  options: { type?: string; passphrase?: string; format?: 'PEM' | 'PKCS8' } = {},
): Promise<string> {
  const path = join(folder, name)
  const format = options.format ? ['-m', options.format] : []
  await run('ssh-keygen', ['-q', '-t', options.type ?? 'ed25519', '-N', options.passphrase ?? '', '-C', name, ...format, '-f', path])
  return path
}

export async function startHost(options: TestHostOptions = {}): Promise<TestHost> {
  const folder = await mkdtemp(join(tmpdir(), 'nc-host-'))
  await chmod(folder, 0o755)
  const port = options.port ?? 22
  const hostKeys = await writeFiles(folder, options, port)
  const init = fileURLToPath(new URL('host-init.sh', import.meta.url))
  const inside = options.insideOf ? ['nsenter', '-t', String(options.insideOf.pid), '-n', '--'] : []
  const own = ['unshare', '--mount', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc', ...(options.insideOf ? [] : ['--net'])]
  const [command, ...rest] = [...inside, ...own, 'bash', init, folder]
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  counter += 1
  const device = `nct${process.pid % 10_000}n${counter}`
  let address = '127.0.0.1'
  try {
    const cameUp = (file: string) => async () => {
      if (child.exitCode !== null) throw new Error(`the host ended: ${output}`)
      return exists(join(folder, file))
    }
    await until('host started', cameUp('init'))
    if (!options.insideOf) address = await plugIn(device, await initPid(child))
    await writeFile(join(folder, 'plugged'), '')
    await until('host ready', cameUp('ready'))
    const host = makeHost(child, await initPid(child), { folder, address, port, hostKeys, device: options.insideOf ? undefined : device })
    if (!options.insideOf) await until('sshd answers', () => answers(address, port))
    return host
  } catch (error) {
    await takeDown(child, device, folder)
    throw error
  }
}

/** The pid, as seen from here, of the first process of the host: the child of unshare. */
async function initPid(child: ChildProcess): Promise<number> {
  const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
  return Number(children.trim().split(' ')[0])
}

/** Subnets of four addresses in 10.92.0.0/16, and how many of them a worker of the suite takes in turn. */
const SUBNETS = 16_384
const OF_A_WORKER = SUBNETS / 8

/** A cable between this machine and the host, with a subnet of its own: no other worker that runs now has it. */
async function plugIn(device: string, pid: number): Promise<string> {
  const worker = Number(process.env.VITEST_POOL_ID ?? 0) % (SUBNETS / OF_A_WORKER)
  const slot = worker * OF_A_WORKER + ((process.pid * 61 + counter) % OF_A_WORKER)
  const subnet = `10.92.${slot >> 6}`
  const base = 4 * (slot & 63)
  await run('ip', ['link', 'add', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid)])
  await run('ip', ['addr', 'add', `${subnet}.${base + 1}/30`, 'dev', device])
  await run('ip', ['link', 'set', device, 'up'])
  const inHost = ['-t', String(pid), '-n', '--', 'ip']
  await run('nsenter', [...inHost, 'addr', 'add', `${subnet}.${base + 2}/30`, 'dev', 'eth0'])
  await run('nsenter', [...inHost, 'link', 'set', 'eth0', 'up'])
  return `${subnet}.${base + 2}`
}

interface HostParts {
  readonly folder: string
  readonly address: string
  readonly port: number
  readonly hostKeys: readonly string[]
  readonly device: string | undefined
}

function makeHost(child: ChildProcess, pid: number, parts: HostParts): TestHost {
  const { device, ...facts } = parts
  return {
    ...facts,
    pid,
    run: async (...command) => (await run('nsenter', ['-t', String(pid), '-m', '-u', '-n', '-p', '--', ...command])).stdout,
    cutLink: async () => {
      // The far end goes down: our route stays, so that nothing leaks out another way, and packets find nobody.
      if (device) await run('nsenter', ['-t', String(pid), '-n', '--', 'ip', 'link', 'set', 'eth0', 'down'])
    },
    log: () => readFile(join(parts.folder, 'sshd.log'), 'utf8'),
    stop: () => takeDown(child, device, parts.folder),
  }
}

/** Ends the host's first process, and with it all others; removes its cable and its folder. */
async function takeDown(child: ChildProcess, device: string | undefined, folder: string): Promise<void> {
  const ended = new Promise((resolve) => child.once('close', resolve))
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await ended
  }
  if (device) await run('ip', ['link', 'del', device]).catch(() => undefined)
  const remove = () => rm(folder, { recursive: true, force: true })
  await until('folder removed', () =>
    remove().then(
      () => true,
      () => false,
    ),
  )
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port })
    socket.once('data', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
  })
}

async function writeFiles(folder: string, options: TestHostOptions, port: number): Promise<string[]> {
  const at = (...parts: string[]) => join(folder, ...parts)
  await mkdir(at('etc/pam.d'), { recursive: true })
  await mkdir(at('home'))
  await writeFile(at('hide'), (options.hide ?? []).map((name) => `${name}\n`).join(''))
  await writeUsers(folder, options.users ?? [])
  if (await exists('/etc/pam.d')) await cp('/etc/pam.d', at('etc/pam.d'), { recursive: true, dereference: true })
  await writeFile(at('etc/pam.d/sshd'), 'auth required pam_unix.so\naccount required pam_permit.so\nsession required pam_permit.so\n')
  await writeFile(at('authorized_keys'), (options.authorizedKeys ?? []).map((key) => `${key.trim()}\n`).join(''))
  const hostKeys: string[] = []
  const hostKeyLines: string[] = []
  for (const type of options.hostKeyTypes ?? ['ed25519']) {
    const path = await makeKey(folder, `host_${type}`, { type })
    hostKeys.push((await readFile(`${path}.pub`, 'utf8')).split(' ').slice(0, 2).join(' '))
    hostKeyLines.push(`HostKey ${path}`)
  }
  const defaults = [
    `Port ${port}`,
    'ListenAddress 0.0.0.0',
    ...hostKeyLines,
    `PidFile ${at('sshd.pid')}`,
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin yes',
    `AuthorizedKeysFile ${at('authorized_keys')}`,
    'StrictModes no',
    'MaxSessions 100',
    'UseDNS no',
    'Subsystem sftp internal-sftp',
  ]
  await writeFile(at('sshd_config'), [...(options.sshd ?? []), ...defaults, ''].join('\n'))
  if ((options.libvirt ?? 'none') !== 'none') await writeLibvirt(folder, options)
  return hostKeys
}

async function writeLibvirt(folder: string, options: TestHostOptions): Promise<void> {
  const at = (...parts: string[]) => join(folder, 'libvirt', ...parts)
  await mkdir(at('etc'), { recursive: true })
  const conf = [
    'auth_unix_rw = "none"',
    'auth_unix_ro = "none"',
    'unix_sock_group = "libvirt"',
    'unix_sock_rw_perms = "0770"',
    'unix_sock_dir = "/run/libvirt"',
    ...(options.libvirtdConf ?? []),
  ]
  await writeFile(at('etc/libvirtd.conf'), `${conf.join('\n')}\n`)
  await writeFile(at('etc/qemu.conf'), 'user = "root"\ngroup = "root"\nsecurity_driver = "none"\nnamespaces = []\n')
  for (const [name, content] of Object.entries(options.libvirtFiles ?? {})) {
    await mkdir(at('etc', name, '..'), { recursive: true })
    await writeFile(at('etc', name), content)
  }
  if (options.libvirt === 'running') await writeFile(at('start'), options.libvirtArguments ?? '')
}

const readEtc = (name: string) => readFile(`/etc/${name}`, 'utf8')

async function writeUsers(folder: string, users: readonly TestUser[]): Promise<void> {
  let passwd = await readEtc('passwd')
  let shadow = await readEtc('shadow')
  let group = (await readEtc('group')).replace(/^libvirt:.*\n/m, '')
  if (!/^libvirt-qemu:/m.test(passwd)) passwd += 'libvirt-qemu:x:64055:64055::/var/lib/libvirt:/usr/sbin/nologin\n'
  if (!/^libvirt-qemu:/m.test(group)) group += 'libvirt-qemu:x:64055:\n'
  const members = users.filter((user) => user.groups?.includes('libvirt')).map((user) => user.name)
  group += `libvirt:x:64056:${members.join(',')}\n`
  let id = 20_001
  for (const user of users) {
    const { stdout } = await run('openssl', ['passwd', '-6', user.password ?? `none-${Math.random()}`])
    shadow += `${user.name}:${stdout.trim()}:19000:0:99999:7:::\n`
    passwd += `${user.name}:x:${id}:${id}::/home/${user.name}:${user.shell ?? '/bin/sh'}\n`
    group += `${user.name}:x:${id}:\n`
    await mkdir(join(folder, 'home', user.name), { recursive: true })
    await run('chown', [`${id}:${id}`, join(folder, 'home', user.name)])
    id += 1
  }
  await writeFile(join(folder, 'etc/passwd'), passwd)
  await writeFile(join(folder, 'etc/shadow'), shadow, { mode: 0o640 })
  await writeFile(join(folder, 'etc/group'), group)
}
