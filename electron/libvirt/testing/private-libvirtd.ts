import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { describeWithPeers } from '../transport/testing/peers.ts'

/** The user that the daemon runs as when we are root: a session daemon keeps everything in its own folder. */
const NOBODY = 65_534
const START_DEADLINE_MS = 120_000
const STOP_DEADLINE_MS = 10_000
const POLL_MS = 20

/** A suite against a real libvirtd: skipped with the reason where there is none, failed with CI=true. */
export function describeWithLibvirtd(name: string, body: () => void): void {
  describeWithPeers(name, ['libvirtd'], body, false)
}

/** A libvirtd of one's own: the test driver, and qemu and storage as an unprivileged user. */
export interface PrivateLibvirtd {
  /** The daemon's to write and everybody's to read. Removed with the daemon. */
  readonly folder: string
  readonly socketPath: string
  /** Opens the socket. */
  readonly open: () => Promise<Duplex>
  /** Kills it without warning. */
  kill(): void
  stop(): Promise<void>
}

/** Starts a session libvirtd with everything it touches below a new folder, and waits until it answers. */
export async function startPrivateLibvirtd(): Promise<PrivateLibvirtd> {
  const folder = mkdtempSync(join(tmpdir(), 'libvirtd-'))
  const [run, home] = [join(folder, 'run'), join(folder, 'home')]
  const isRoot = process.getuid?.() === 0
  chmodSync(folder, 0o755)
  for (const path of [run, home]) mkdirSync(path)
  if (isRoot) for (const path of [folder, run, home]) chownSync(path, NOBODY, NOBODY)
  const daemon = spawn('libvirtd', [], {
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
    cwd: folder,
    env: {
      PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
      HOME: home,
      XDG_RUNTIME_DIR: run,
      XDG_CONFIG_HOME: home,
      XDG_CACHE_HOME: home,
      XDG_DATA_HOME: home,
    },
    stdio: 'ignore',
  })
  const socketPath = join(run, 'libvirt', 'libvirt-sock')
  const open = () => openSocket(socketPath)
  try {
    await answers(open, daemon)
  } catch (error) {
    await stop(daemon, folder)
    throw error
  }
  return { folder, socketPath, open, kill: () => daemon.kill('SIGKILL'), stop: () => stop(daemon, folder) }
}

function openSocket(path: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

async function answers(open: () => Promise<Duplex>, daemon: ChildProcess): Promise<void> {
  const end = performance.now() + START_DEADLINE_MS
  for (;;) {
    try {
      const socket = await open()
      socket.destroy()
      return
    } catch (error) {
      if (daemon.exitCode !== null) throw new Error(`libvirtd exited with ${daemon.exitCode}`, { cause: error })
      if (performance.now() > end) throw new Error('libvirtd does not answer', { cause: error })
      await pause()
    }
  }
}

async function stop(daemon: ChildProcess, folder: string): Promise<void> {
  const end = performance.now() + STOP_DEADLINE_MS
  daemon.kill('SIGTERM')
  while (daemon.exitCode === null && daemon.signalCode === null) {
    if (performance.now() > end) daemon.kill('SIGKILL')
    await pause()
  }
  rmSync(folder, { recursive: true, force: true })
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS))
}

/** A description for the test driver of `active` running and `inactive` shut-off domains. */
export function testDriverXml(active: number, inactive: number): string {
  const domain = (index: number) => {
    const state = index < active ? 1 : 5
    const uuid = `${index.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`
    return `<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>vm-${index}</name><uuid>${uuid}</uuid><memory>1048576</memory><vcpu>2</vcpu><os><type>hvm</type></os><test:runstate>${state}</test:runstate></domain>`
  }
  const domains = Array.from({ length: active + inactive }, (_, index) => domain(index)).join('\n')
  return `<node>${domains}<cpu><mhz>2000</mhz><model>i686</model><active>16</active><nodes>1</nodes><sockets>1</sockets><cores>16</cores><threads>1</threads></cpu><memory>67108864</memory></node>`
}
