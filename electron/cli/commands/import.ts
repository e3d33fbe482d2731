import { randomUUID } from 'node:crypto'
import { basename, extname } from 'node:path'
import { AppError, toAppError } from '../../../shared/errors/index.ts'
import {
  type BuildFinding,
  type BuildOptions,
  type HostId,
  imageFormatOf,
  type MachineSpec,
  type PoolId,
  type TaskId,
} from '../../../shared/model/index.ts'
import type { Client } from '../../api/client.ts'
import type { Session } from '../connect.ts'
import { findHost } from '../find-host.ts'
import { findOs, specForOs } from '../os-spec.ts'
import { errorLine, printable } from '../output.ts'
import { ProgressLine } from '../progress-line.ts'
import { taskFailure } from '../task-failure.ts'
import { uploadFile } from '../upload-file.ts'
import { type Io, waitFor } from './act.ts'

export interface ImportOptions {
  readonly file: string
  readonly host: string
  readonly name: string | undefined
  readonly pool: string | undefined
  readonly network: string | undefined
  readonly cpus: number | undefined
  readonly memoryMiB: number | undefined
  readonly os: string | undefined
  readonly format: 'qcow2' | 'raw'
  /** Of a disk: a machine as well, and not the volume alone. */
  readonly build: boolean
  readonly start: boolean
  readonly verify: boolean
  readonly check: boolean
  readonly json: boolean
}

interface Target {
  readonly client: Client
  readonly hostId: HostId
  readonly options: BuildOptions
  readonly pool: { readonly id: PoolId; readonly name: string }
  readonly name: string
}

/** Uploads a package or a disk image and makes of it what it is for. Answers the exit code. */
export async function importFile(session: Session, options: ImportOptions, io: Io): Promise<number> {
  const target = await targetOf(session.client, options)
  const uploaded = { poolId: target.pool.id, name: `${target.name}-${randomUUID().slice(0, 8)}${extname(options.file)}` }
  await uploadFile(session, options.file, uploaded, io)
  let isKept = false
  try {
    const isPackage = /\.ova$/i.test(options.file)
    const code = isPackage ? await importPackage(target, uploaded.name, options, io) : await importDisk(target, uploaded.name, options, io)
    isKept = isPackage && code === 0 && !options.check
    return code
  } finally {
    // a package goes with the task that made a machine of it
    if (!isKept) await tidyUp(target, uploaded, io)
  }
}

/** What was uploaded only to be read. That it stays is no reason to fail, nor to hide why something else did. */
async function tidyUp({ client, pool }: Target, uploaded: { readonly poolId: PoolId; readonly name: string }, io: Io): Promise<void> {
  try {
    await ended(client, (await client.volumes.remove(uploaded)).taskId, new ProgressLine('Tidying up', io))
  } catch (thrown) {
    io.complain(`What was uploaded is left as ${pool.name}/${uploaded.name}: ${errorLine(toAppError(thrown))}`)
  }
}

async function importPackage(target: Target, volume: string, options: ImportOptions, io: Io): Promise<number> {
  const { client, name, pool } = target
  const place = { poolId: pool.id, name: volume }
  const contents = await client.ova.inspect({ ...place, pool: pool.name })
  const spec = changed(contents.spec, options)
  const order = { ...place, machine: name, spec, verify: options.verify, start: options.start, removePackage: true }
  const { findings } = await client.ova.check(order)
  const all = [
    ...contents.findings.filter(({ severity }) => severity === 'warns'),
    ...findings.filter((one) => !isIn(one, contents.findings)),
  ]
  if (options.json && options.check) io.print(JSON.stringify({ ...contents, spec, findings: all }))
  else for (const finding of all) io.complain(findingLine(finding))
  if (findings.some(({ severity }) => severity === 'blocks')) return 1
  if (options.check) return 0
  const { taskId } = await client.ova.import({ ...order, token: randomUUID() })
  await ended(client, taskId, new ProgressLine(`Importing ${printable(name)}`, io))
  io.print(options.json ? JSON.stringify({ taskId, machine: name }) : name)
  return 0
}

async function importDisk(target: Target, volume: string, options: ImportOptions, io: Io): Promise<number> {
  const { client, name, pool } = target
  const made = `${name}.${options.format === 'raw' ? 'img' : options.format}`
  const sourceFormat = imageFormatOf(options.file)
  const order = { poolId: pool.id, name: made, from: { poolId: pool.id, name: volume }, sourceFormat, format: options.format }
  const { taskId } = await client.volumes.convert(order)
  await ended(client, taskId, new ProgressLine('Converting', io))
  if (!options.build) {
    io.print(options.json ? JSON.stringify({ pool: pool.name, volume: made }) : `${pool.name}/${made}`)
    return 0
  }
  const build = { hostId: target.hostId, name, spec: await specFor(target, made, options), start: options.start }
  const { findings } = await client.build.check(build)
  for (const finding of findings) io.complain(findingLine(finding))
  if (findings.some(({ severity }) => severity === 'blocks')) {
    io.complain(`The disk is there as ${pool.name}/${made}.`)
    return 1
  }
  const begun = await client.build.create({ ...build, token: randomUUID() })
  await ended(client, begun.taskId, new ProgressLine(`Making ${printable(name)}`, io))
  io.print(options.json ? JSON.stringify({ taskId: begun.taskId, machine: name }) : name)
  return 0
}

async function specFor({ client, options: here, pool }: Target, volume: string, options: ImportOptions): Promise<MachineSpec> {
  const os = await findOs(client, options.os ?? 'linux')
  const disk = { source: { kind: 'existing' as const, pool: pool.name, volume }, bus: os.diskBus, cache: 'default' as const }
  const spec: MachineSpec = { ...specForOs(here, os), disks: [{ ...disk, discard: true, ioThread: false }] }
  return changed(spec, options)
}

/** With what the command line wishes otherwise. */
export function changed(
  spec: MachineSpec,
  { network, cpus, memoryMiB, os }: Pick<ImportOptions, 'network' | 'cpus' | 'memoryMiB' | 'os'>,
): MachineSpec {
  return {
    ...spec,
    ...(os !== undefined && { os }),
    ...(cpus !== undefined && { cpu: { ...spec.cpu, vcpus: cpus, topology: null } }),
    ...(memoryMiB !== undefined && { memoryMiB }),
    ...(network !== undefined && { nics: spec.nics.map((nic) => ({ ...nic, source: { kind: 'network' as const, network } })) }),
  }
}

async function targetOf(client: Client, options: ImportOptions): Promise<Target> {
  const found = await findHost(client, options.host)
  const here = await client.build.options({ hostId: found.id })
  const name = options.name ?? basename(options.file, extname(options.file))
  return { client, hostId: found.id, options: here, pool: poolOf(here, options.pool), name }
}

function poolOf({ pools, hostName }: BuildOptions, wanted: string | undefined): { readonly id: PoolId; readonly name: string } {
  const active = pools.filter((pool) => pool.active)
  const pool =
    wanted === undefined ? (active.find(({ name }) => name === 'default') ?? active[0]) : pools.find(({ name }) => name === wanted)
  if (pool) return pool
  const message = wanted === undefined ? `${hostName} has no pool that is on.` : `${hostName} has no pool "${wanted}".`
  throw new AppError({ kind: 'not-found', code: 'cli.no-such-pool', message })
}

/** Waits and shows how far it is. Throws what ended it. */
async function ended(client: Client, taskId: TaskId, line: ProgressLine): Promise<void> {
  try {
    const task = await waitFor(client, taskId, ({ progress }) => line.say(`${Math.round(progress.fraction * 100)} %`))
    if (task.state !== 'succeeded') throw taskFailure(task)
  } finally {
    line.end()
  }
}

function isIn({ code, field }: BuildFinding, findings: readonly BuildFinding[]): boolean {
  return findings.some((one) => one.code === code && one.field === field && one.severity === 'warns')
}

export function findingLine({ severity, text, code }: BuildFinding): string {
  return printable(`${severity === 'blocks' ? 'In the way' : 'Note'}: ${text} [${code}]`)
}
