import { join } from 'node:path'
import { aptCommand, findPeer, systemPackages, thisMachine } from '../../scripts/peers.mjs'
import type { GuestSpec } from './domain-xml.ts'
import { fingerprint } from './host.ts'
import { downLabs, run, startLab } from './lab.ts'
import type { HostState, LabState } from './lease.ts'
import { isAlive, labRoot, readStates } from './lease.ts'

const USAGE = `npm run lab -- up [--install]   two real hosts with small guests; stays up until \`down\`
npm run lab -- status           what is up, and what to add in the console
npm run lab -- down [--all]     takes it down, and what crashed tests left; --all: running tests' labs, too`

/** What `up` puts on its two hosts: some running, some off. */
const GUESTS: Readonly<Record<string, readonly (GuestSpec & { readonly off?: true })[]>> = {
  'kvm-01': [
    { name: 'web-01', title: 'Shop front', network: 'bridge', address: '192.0.2.11', graphics: true },
    { name: 'db-01', title: 'Shop database', network: 'default', diskMiB: 64, memoryMiB: 128 },
    { name: 'build-01', description: 'Nightly builds', diskMiB: 64, off: true },
  ],
  'kvm-02': [
    { name: 'mail-01', title: 'Mail relay', network: 'default', graphics: true },
    { name: 'test-01', memoryMiB: 128, off: true },
    { name: 'archive-01', diskMiB: 64, off: true },
  ],
}

/** Installs what is missing, or says what would. Returns whether the lab can run. */
async function ready(install: boolean): Promise<boolean> {
  const machine = thisMachine()
  const answer = findPeer('libvirtd', machine)
  if (answer.ok) return true
  const installable = machine.platform === 'linux' && machine.debian && machine.root
  if (!install || !installable) {
    console.error(`The lab cannot run here: ${answer.reason}.\nTo provide it: ${answer.command}`)
    if (installable) console.error('or: npm run lab -- up --install')
    return false
  }
  console.log(aptCommand(systemPackages.libvirtd))
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['update', '-q'], { env, timeoutMs: 300_000 })
  const installed = await run('apt-get', ['install', '-y', '--no-install-recommends', ...systemPackages.libvirtd], {
    env,
    timeoutMs: 600_000,
  })
  const again = findPeer('libvirtd')
  if (!again.ok) console.error(`${installed.stderr}\nStill not there: ${again.reason}`)
  return again.ok
}

async function running(): Promise<LabState[]> {
  const states = (await readStates()).filter((state) => state.keep)
  const alive = await Promise.all(
    states.map(async (state) => (await Promise.all(state.hosts.map((host) => isAlive(host.process)))).every(Boolean)),
  )
  return states.filter((state, i) => alive[i] && state.hosts.length > 0)
}

async function up(install: boolean): Promise<number> {
  if (!(await ready(install))) return 1
  const already = (await running())[0]
  if (already !== undefined) {
    console.log('The lab is up already.')
    await describe(already)
    return 0
  }
  await downLabs({ kept: true })
  console.log('Starting two hosts; the first time builds their guest from Debian packages (about 30 MB).')
  const lab = await startLab({ hosts: Object.keys(GUESTS), prefix: 'lab', keep: true })
  for (const host of lab.hosts) {
    for (const { off, ...spec } of GUESTS[host.name] ?? []) {
      const guest = await host.defineGuest(spec)
      if (off !== true) await guest.start()
    }
  }
  const state = (await readStates()).find(({ id }) => id === lab.id)
  if (state !== undefined) await describe(state)
  return 0
}

async function describe(state: LabState): Promise<void> {
  const dir = join(labRoot(), state.id)
  for (const host of state.hosts) console.log(await describeHost(dir, host))
  const config = join(dir, 'ssh_config')
  const names = state.hosts.map((host) => `${state.id}-${host.name}`)
  console.log(`
In the console: Add host, then what is above. Or with this line in ~/.ssh/config, which names them ${names.join(' and ')}:
  Include ${config}
By hand:           ssh -F ${config} ${names[0] ?? ''} virsh list --all
Take it down with: npm run lab -- down`)
}

async function describeHost(dir: string, host: HostState): Promise<string> {
  const socket = join(dir, host.name, 'run/libvirt-sock')
  const list = await run('virsh', ['-q', '-c', `qemu+unix:///system?socket=${socket}`, 'list', '--all'], { timeoutMs: 10_000 })
  const machines = list.code === 0 ? list.stdout.trimEnd() : `   libvirt does not answer: ${list.stderr.trim()}`
  const key = join(dir, 'client_key')
  const hostKey = await fingerprint(join(dir, host.name, 'ssh/host_key.pub'))
  const address = `root@${host.address}${host.port === 22 ? '' : `:${host.port}`}`
  return `
${host.name}
  address    ${host.address}${host.port === 22 ? '' : ` port ${host.port}`}
  user       root (or operator, unprivileged, in the group libvirt)
  key file   ${key}
  host key   ${hostKey} (ED25519)
  add it     npx novacron add ${address} --name ${host.name} --key ${key} --accept-host-key ${hostKey}
  machines
${machines}`
}

async function status(): Promise<number> {
  const states = await running()
  if (states.length === 0) console.log('The lab is not up. Start it with: npm run lab -- up')
  for (const state of states) await describe(state)
  return 0
}

async function down(all: boolean): Promise<number> {
  if (process.getuid?.() !== 0 && (await readStates()).length > 0) {
    console.error('The lab belongs to root: run the same command as root (sudo).')
    return 1
  }
  const names = await downLabs({ kept: true, all })
  console.log(names.length === 0 ? 'Nothing was up.' : `Down: ${names.join(', ')}. Nothing of it is left.`)
  return 0
}

async function main(args: readonly string[]): Promise<number> {
  const flags = new Set(args.slice(1))
  switch (args[0]) {
    case 'up':
      return up(flags.has('--install'))
    case 'status':
      return status()
    case 'down':
      return down(flags.has('--all'))
    default:
      console.error(USAGE)
      return 2
  }
}

process.exitCode = await main(process.argv.slice(2))
