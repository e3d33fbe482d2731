import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, until } from './run.ts'

/** A process, told apart from a later one with the same number by its start time (clock ticks since boot). */
export interface ProcessRef {
  readonly pid: number
  readonly startTicks: string
}

export interface HostState {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly cgroup: string
  readonly veth: string
  readonly process: ProcessRef
}

/** What is written down about a lab, enough to take it down from another process. */
export interface LabState {
  readonly id: string
  readonly number: number
  readonly bridge: string
  readonly owner: ProcessRef
  /** A kept lab outlives its owner (`npm run lab -- up`). */
  readonly keep: boolean
  readonly hosts: readonly HostState[]
}

const HIGHEST = 250

/** Where labs live: one folder each, named by its id. Short, because unix socket paths end at 107 bytes. */
export function labRoot(): string {
  return process.env['NOVACRON_LAB_DIR'] ?? join(tmpdir(), 'novacron-lab')
}

/** The /24 of lab `number` without its last part. 10.91.0.0/16 is used by nothing else we know of. */
export function subnetOf(number: number): string {
  return `10.91.${number}`
}

/** Reads a process's start time, or undefined when it is gone (or a zombie). */
export async function processRef(pid: number): Promise<ProcessRef | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  // The name in brackets may hold spaces: count from behind it. State is field 3, start time field 22.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const startTicks = fields[19]
  if (startTicks === undefined || fields[0] === 'Z') return undefined
  return { pid, startTicks }
}

export async function isAlive(ref: ProcessRef): Promise<boolean> {
  return (await processRef(ref.pid))?.startTicks === ref.startTicks
}

/** Takes a free lab number by making its folder, which only one process can do. */
export async function takeLease(prefix: string): Promise<{ id: string; number: number; dir: string }> {
  const root = labRoot()
  await mkdir(root, { recursive: true, mode: 0o755 })
  const routes = (await run('ip', ['-4', 'route', 'show', 'table', 'all'])).stdout
  const first = Math.floor(Math.random() * HIGHEST)
  for (let i = 0; i < HIGHEST; i++) {
    const number = ((first + i) % HIGHEST) + 1
    const lock = join(root, `lock-${number}`)
    if (routes.includes(`${subnetOf(number)}.`)) continue
    const taken = await mkdir(lock).then(
      () => true,
      () => false,
    )
    if (!taken) continue
    const id = `${prefix}${number}`
    const dir = join(root, id)
    await mkdir(dir, { mode: 0o755 })
    return { id, number, dir }
  }
  throw new Error(`all ${HIGHEST} lab numbers are taken: npm run lab -- down --all`)
}

export async function writeState(state: LabState): Promise<void> {
  const file = join(labRoot(), state.id, 'lab.json')
  // In one piece: other labs' owners read it at any time.
  await writeFile(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`)
  await rename(`${file}.new`, file)
}

/** All labs that left a state file, running or not. */
export async function readStates(): Promise<LabState[]> {
  const names = await readdir(labRoot()).catch(() => [])
  const states: LabState[] = []
  for (const name of names) {
    const text = await readFile(join(labRoot(), name, 'lab.json'), 'utf8').catch(() => undefined)
    const state: unknown = text === undefined ? undefined : JSON.parse(text)
    if (isLabState(state)) states.push(state)
  }
  return states
}

function isLabState(value: unknown): value is LabState {
  return typeof value === 'object' && value !== null && 'id' in value && 'owner' in value && 'hosts' in value && Array.isArray(value.hosts)
}

/** Ends a lab's processes and removes its links, cgroups, folder and lock. Safe to repeat. */
export async function destroyLab(state: LabState): Promise<void> {
  for (const host of state.hosts) {
    if (await isAlive(host.process)) kill(host.process.pid)
  }
  for (const host of state.hosts) {
    await until(`the end of lab host ${host.name}`, async () => !(await isAlive(host.process)), 120_000)
  }
  // A dead namespace gives its links back a moment later: not waited for, but asked for.
  for (const host of state.hosts) await run('ip', ['link', 'del', host.veth])
  await run('ip', ['link', 'del', state.bridge])
  for (const host of state.hosts) await removeCgroup(host.cgroup)
  await rm(join(labRoot(), state.id), { recursive: true, force: true })
  await rm(join(labRoot(), `lock-${state.number}`), { recursive: true, force: true })
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // It may have ended since, or another process may be taking the same lab down.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

async function removeCgroup(cgroup: string): Promise<void> {
  const script = `find /sys/fs/cgroup/${cgroup} /sys/fs/cgroup/*/${cgroup} -depth -type d -exec rmdir {} + 2>/dev/null; ! ls -d /sys/fs/cgroup/${cgroup} /sys/fs/cgroup/*/${cgroup} 2>/dev/null`
  // The kernel lets go of a group a moment after its last process.
  await until(`the end of cgroup ${cgroup}`, async () => (await run('sh', ['-c', script])).code === 0, 120_000)
}

/** Takes down what crashed owners left. A lease without a state file counts as left behind after a minute. */
export async function reapLeftovers(options: { readonly kept: boolean; readonly all?: boolean }): Promise<string[]> {
  const reaped: string[] = []
  for (const state of await readStates()) {
    const orphan = !state.keep && !(await isAlive(state.owner))
    if (!(options.all || orphan || (options.kept && state.keep))) continue
    await destroyLab(state)
    reaped.push(state.id)
  }
  await dropStaleLocks()
  return reaped
}

async function dropStaleLocks(): Promise<void> {
  const used = new Set((await readStates()).map((state) => `lock-${state.number}`))
  for (const name of await readdir(labRoot()).catch(() => [])) {
    if (!name.startsWith('lock-') || used.has(name)) continue
    const info = await stat(join(labRoot(), name)).catch(() => undefined)
    if (info !== undefined && Date.now() - info.mtimeMs > 60_000) await rm(join(labRoot(), name), { recursive: true, force: true })
  }
}
