import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { guestImage } from './guest-image.ts'
import type { HostRun, LabHost } from './host.ts'
import { createHost, fingerprint, startHost, waitHost } from './host.ts'
import type { HostSpec } from './host-files.ts'
import { writeHostFiles } from './host-files.ts'
import type { LabState } from './lease.ts'
import { destroyLab, labRoot, processRef, reapLeftovers, subnetOf, takeLease, writeState } from './lease.ts'
import { must } from './run.ts'

export type { GuestSpec } from './domain-xml.ts'
export type { CutMode, LabGuest, LabHost } from './host.ts'
export type { HostSpec } from './host-files.ts'
export { idleName, OPERATOR } from './host-files.ts'
export type { RunOptions, RunResult } from './run.ts'
export { must, run, until } from './run.ts'

export interface LabOptions {
  /** Names, or names with what is to be different. */
  readonly hosts: readonly (string | HostSpec)[]
  /** At most four letters, the start of the lab's id, its bridge and its cgroups. Default `nc`. */
  readonly prefix?: string
  /** The lab outlives this process. Default false: it ends with this process, however that ends. */
  readonly keep?: boolean
}

/** Real hosts on one wire. */
export interface Lab {
  readonly id: string
  /** Files of the lab; /srv/host/shared is the same folder in all of its hosts. */
  readonly dir: string
  readonly sharedDir: string
  readonly hosts: readonly LabHost[]
  /** @throws Error for a name the lab does not have */
  host(name: string): LabHost
  /** Private key whose passphrase is `encryptedKeyPassphrase`; as good as the hosts' keyFile. */
  readonly encryptedKeyFile: string
  readonly encryptedKeyPassphrase: string
  /** An ssh_config with an entry for each host, named `ID-NAME`. */
  readonly sshConfigFile: string
  /** Ends the hosts and removes everything. Safe to repeat. */
  stop(): Promise<void>
}

const PASSPHRASE = 'lab passphrase'

/**
 * Brings up real libvirt hosts on this machine, about half a second after the first call has built the guest. Needs root on Linux
 * and the packages of scripts/system-packages.json: ask `requirePeer('libvirtd')` first.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const prefix = options.prefix ?? 'nc'
  if (!/^[a-z]{1,4}$/.test(prefix)) throw new Error(`a lab's prefix is one to four letters, not ${prefix}`)
  const specs = options.hosts.map((host) => (typeof host === 'string' ? { name: host } : host))
  for (const { name } of specs) if (!/^[a-z0-9][a-z0-9-]{0,11}$/.test(name)) throw new Error(`not a lab host's name: ${name}`)
  await reapLeftovers({ kept: false })
  const guestDir = await guestImage()
  const lease = await takeLease(prefix)
  const owner = await processRef(process.pid)
  if (owner === undefined) throw new Error('/proc is not readable')
  let state: LabState = { id: lease.id, number: lease.number, bridge: `${lease.id}br`, owner, keep: options.keep ?? false, hosts: [] }
  await writeState(state)
  try {
    const keys = await makeKeys(lease.dir)
    const runs = await prepareHosts(specs, state, lease.dir, guestDir, keys)
    await must('ip', ['link', 'add', state.bridge, 'type', 'bridge', 'forward_delay', '0'])
    await must('ip', ['addr', 'add', `${subnetOf(state.number)}.1/24`, 'dev', state.bridge])
    // an address that comes by itself a second later would look like a change of network to whatever runs beside, such as a browser
    await must('ip', ['link', 'set', state.bridge, 'addrgenmode', 'none', 'up'])
    const hosts: LabHost[] = []
    const waits: Promise<void>[] = []
    for (const host of runs) {
      const processes = await startHost(host)
      state = {
        ...state,
        hosts: [
          ...state.hosts,
          {
            name: host.spec.name,
            address: host.address,
            port: host.spec.sshPort ?? 22,
            cgroup: host.cgroup,
            veth: host.veth,
            process: processes.outer,
          },
        ],
      }
      await writeState(state)
      hosts.push(createHost(host, processes))
      waits.push(waitHost(host, processes))
    }
    await Promise.all(waits)
    return makeLab(state, lease.dir, hosts)
  } catch (error) {
    await destroyLab(state)
    throw error
  }
}

function makeLab(state: LabState, dir: string, hosts: readonly LabHost[]): Lab {
  return {
    id: state.id,
    dir,
    sharedDir: join(dir, 'shared'),
    hosts,
    host: (name) => {
      const found = hosts.find((host) => host.name === name)
      if (found === undefined) throw new Error(`no lab host ${name}`)
      return found
    },
    encryptedKeyFile: join(dir, 'client_key_encrypted'),
    encryptedKeyPassphrase: PASSPHRASE,
    sshConfigFile: join(dir, 'ssh_config'),
    stop: async () => destroyLab(state),
  }
}

interface Keys {
  readonly plain: string
  readonly authorized: string
}

async function makeKeys(dir: string): Promise<Keys> {
  const plain = join(dir, 'client_key')
  const encrypted = join(dir, 'client_key_encrypted')
  await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', plain])
  await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', PASSPHRASE, '-C', 'lab-encrypted', '-f', encrypted])
  return { plain, authorized: (await readFile(`${plain}.pub`, 'utf8')) + (await readFile(`${encrypted}.pub`, 'utf8')) }
}

async function prepareHosts(specs: readonly HostSpec[], state: LabState, dir: string, guestDir: string, keys: Keys): Promise<HostRun[]> {
  const subnet = subnetOf(state.number)
  const shared = join(dir, 'shared')
  const knownHostsFile = join(dir, 'known_hosts')
  const sshCommand = join(dir, 'ssh')
  await mkdir(shared)
  const runs: HostRun[] = []
  let knownHosts = ''
  let authorizedKeys = keys.authorized
  for (const [i, spec] of specs.entries()) {
    const hostDir = join(dir, spec.name)
    await mkdir(join(hostDir, 'ssh'), { recursive: true })
    await mkdir(join(hostDir, 'root/.ssh'), { recursive: true, mode: 0o700 })
    const hostKey = join(hostDir, 'ssh/host_key')
    await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', spec.name, '-f', hostKey])
    await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', `root@${spec.name}`, '-f', join(hostDir, 'root/.ssh/id_ed25519')])
    authorizedKeys += await readFile(join(hostDir, 'root/.ssh/id_ed25519.pub'), 'utf8')
    const address = `${subnet}.${11 + i}`
    const port = spec.sshPort ?? 22
    const publicKey = (await readFile(`${hostKey}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ')
    const names = [address, spec.name].map((name) => (port === 22 ? name : `[${name}]:${port}`))
    knownHosts += `${names.join(',')} ${publicKey}\n`
    runs.push({
      spec,
      dir: hostDir,
      address,
      gateway: `${subnet}.1`,
      shared,
      guestDir,
      bridge: state.bridge,
      veth: `${state.id}h${i}`,
      cgroup: `novacron-${state.id}-${spec.name}`,
      keep: state.keep,
      keyFile: keys.plain,
      knownHostsFile,
      hostKeyFingerprint: await fingerprint(`${hostKey}.pub`),
      sshCommand,
    })
  }
  const hostsFile = ['127.0.0.1 localhost', ...runs.map((host) => `${host.address} ${host.spec.name}`), ''].join('\n')
  await writeFile(knownHostsFile, knownHosts)
  await writeSshConfig(join(dir, 'ssh_config'), state.id, runs)
  await writeFile(
    sshCommand,
    `#!/bin/sh\nexec ssh -F '${join(dir, 'ssh_config')}' -i '${keys.plain}' -o UserKnownHostsFile='${knownHostsFile}' -o BatchMode=yes "$@"\n`,
  )
  await chmod(sshCommand, 0o755)
  for (const host of runs) {
    await writeHostFiles({ spec: host.spec, dir: host.dir, address: host.address, authorizedKeys, hostsFile })
    await writeFile(join(host.dir, 'root/.ssh/known_hosts'), knownHosts)
  }
  return runs
}

async function writeSshConfig(file: string, id: string, runs: readonly HostRun[]): Promise<void> {
  const entries = runs.map(
    (host) => `Host ${id}-${host.spec.name}
  HostName ${host.address}
  Port ${host.spec.sshPort ?? 22}
  User root
  IdentityFile ${host.keyFile}
  IdentitiesOnly yes
  UserKnownHostsFile ${host.knownHostsFile}
`,
  )
  await writeFile(file, entries.join('\n'))
}

/** Takes down labs that crashed owners left; with `kept`, also those of `npm run lab -- up`; with `all`, every one. */
export async function downLabs(options: { readonly kept: boolean; readonly all?: boolean }): Promise<string[]> {
  const reaped = await reapLeftovers(options)
  await rm(labRoot(), { recursive: false }).catch(() => undefined)
  return reaped
}
