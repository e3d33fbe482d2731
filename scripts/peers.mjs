// The real programs that suites need, and how to tell whether they are there. Plain Node >= 18, no dependency: bootstrap uses it.
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** @typedef {'libvirtd' | 'polkitd' | 'chromium' | 'headless-shell' | 'keyring' | 'seed-tools' | 'storage-tools'} ProgramPeer */
/** @typedef {'linux' | 'linux-x64' | 'mounts'} SystemPeer mounts: file systems of a test's own */
/** @typedef {ProgramPeer | SystemPeer | 'electron'} Peer */
/** @typedef {{ ok: true } | { ok: false, reason: string, command: string }} PeerAnswer */
/**
 * What a peer check looks at, so that tests can put a machine in its place.
 * @typedef {object} Machine
 * @property {string} platform as process.platform
 * @property {string} arch as process.arch
 * @property {boolean} root
 * @property {boolean} debian whether apt-get and dpkg are there
 * @property {(program: string) => boolean} has whether a program is found
 * @property {Readonly<Record<string, string | undefined>>} env
 */

const repository = fileURLToPath(new URL('..', import.meta.url))

/** @type {Readonly<Record<ProgramPeer, readonly string[]>>} */
export const systemPackages = JSON.parse(readFileSync(new URL('./system-packages.json', import.meta.url), 'utf8'))

/** The programs whose presence stands for a peer's packages. */
const PROGRAMS = {
  libvirtd: [
    'libvirtd',
    'virtlogd',
    'virsh',
    'qemu-system-x86_64',
    'qemu-img',
    'sshd',
    'ssh',
    'ip',
    'iptables',
    'dnsmasq',
    'busybox',
    'cpio',
    'openssl',
    'pgrep',
    'unshare',
    'nc',
  ],
  polkitd: ['/usr/lib/polkit-1/polkitd', 'dbus-daemon'],
  chromium: ['chromium'],
  'headless-shell': ['chromium-headless-shell'],
  keyring: ['gnome-keyring-daemon', 'dbus-run-session'],
  'seed-tools': ['bsdtar', 'isoinfo', 'openssl'],
  'storage-tools': ['vgs', 'parted', 'losetup', 'xmllint'],
}

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** @param {string} program a name, or an absolute path */
function isProgram(program) {
  const folders = program.startsWith('/') ? [''] : `${process.env['PATH'] ?? ''}${delimiter}${SYSTEM_PATH}`.split(delimiter)
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** @returns {Machine} the machine we run on */
export function thisMachine() {
  return {
    platform: process.platform,
    arch: process.arch,
    root: process.getuid?.() === 0,
    debian: isProgram('apt-get') && isProgram('dpkg'),
    has: isProgram,
    env: process.env,
  }
}

/**
 * The command that installs packages by name.
 * @param {readonly string[]} packages
 */
export function aptCommand(packages) {
  return `apt-get install -y --no-install-recommends ${packages.join(' ')}`
}

/**
 * Whether a peer is there; if not, why, and the command that would provide it.
 * @param {Peer} peer
 * @param {Machine} [machine]
 * @returns {PeerAnswer}
 */
export function findPeer(peer, machine = thisMachine()) {
  if (peer === 'electron') return findElectron(machine)
  if (peer === 'linux' || peer === 'linux-x64' || peer === 'mounts') return findSystem(peer, machine)
  if (peer === 'chromium' && machine.env['CHROMIUM'] !== undefined) {
    return machine.has(machine.env['CHROMIUM'])
      ? { ok: true }
      : {
          ok: false,
          reason: `CHROMIUM names ${machine.env['CHROMIUM']}, which is no program`,
          command: 'CHROMIUM=/path/to/chromium npm test',
        }
  }
  if (peer !== 'chromium' && machine.platform !== 'linux') {
    return {
      ok: false,
      reason: `${peer} runs on Linux only; this is ${machine.platform}`,
      command: 'npm test (on a Linux machine, as root)',
    }
  }
  const missing = PROGRAMS[peer].filter((program) => !machine.has(program))
  if (missing.length > 0) {
    const command = machine.debian ? aptCommand(systemPackages[peer]) : `install ${missing.join(' ')} with this system's package manager`
    return {
      ok: false,
      reason: `not installed: ${missing.join(', ')}`,
      command: machine.debian && !machine.root ? `sudo ${command}` : command,
    }
  }
  if ((peer === 'libvirtd' || peer === 'polkitd') && !machine.root) {
    return { ok: false, reason: 'the lab makes network namespaces, which needs root', command: 'run the same command as root (sudo)' }
  }
  return { ok: true }
}

/**
 * @param {SystemPeer} peer
 * @param {Machine} machine
 * @returns {PeerAnswer}
 */
function findSystem(peer, machine) {
  if (machine.platform !== 'linux') {
    return { ok: false, reason: `it is made for Linux; this is ${machine.platform}`, command: 'npm test (on a Linux machine)' }
  }
  if (peer === 'linux-x64' && machine.arch !== 'x64') {
    return { ok: false, reason: `it is made for x64; this is ${machine.arch}`, command: 'npm test (on an x64 machine)' }
  }
  if (peer === 'mounts' && !machine.root) {
    return { ok: false, reason: 'a file system of its own is mounted, which needs root', command: 'run the same command as root (sudo)' }
  }
  return { ok: true }
}

/**
 * @param {Machine} machine
 * @returns {PeerAnswer}
 */
function findElectron(machine) {
  const binary = electronBinary(machine)
  if (binary === undefined) {
    return {
      ok: false,
      reason: 'the Electron binary is not downloaded',
      command: 'npx install-electron (or ELECTRON_OVERRIDE_DIST_PATH=DIR)',
    }
  }
  return { ok: true }
}

/**
 * The path of a usable Electron binary, or undefined.
 * @param {Pick<Machine, 'platform' | 'env'>} machine
 */
export function electronBinary(machine) {
  const name =
    machine.platform === 'darwin' ? 'Electron.app/Contents/MacOS/Electron' : machine.platform === 'win32' ? 'electron.exe' : 'electron'
  const folder = machine.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(repository, 'node_modules/electron/dist')
  const path = join(folder, name)
  return existsSync(path) ? path : undefined
}
