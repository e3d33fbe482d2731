import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline/promises'
import { AppError, toAppError } from '../../../shared/errors/index.ts'
import {
  type DiskMove,
  type MachineId,
  type MigrationMode,
  type MigrationSpec,
  type MigrationSpecInput,
  MovesTogether,
  type NicMove,
  type PlanWhen,
  type Preflight,
} from '../../../shared/model/index.ts'
import type { Client } from '../../api/client.ts'
import type { Session } from '../connect.ts'
import { findHost } from '../find-host.ts'
import { errorLine, printable } from '../output.ts'
import { rateOf } from '../quantities.ts'
import { type Io, nobodyWouldFinish, report, resolveTargets } from './act.ts'
import { followMoves } from './migrate-follow.ts'
import { type WhenFlags, whenOf, whenText } from './migrate-plans.ts'
import { findingsTable, predictionLine } from './migrate-show.ts'

/** As commander gives them. */
export interface MigrateFlags extends WhenFlags {
  readonly to: string
  readonly query?: string
  readonly mode: MigrationMode
  readonly storage?: 'copy' | 'shared'
  readonly disk: readonly string[]
  readonly pool?: string
  readonly nic: readonly string[]
  readonly rename?: string
  readonly deleteSourceDisks: boolean
  readonly leave?: 'tpm'
  readonly peer: boolean
  readonly tunnelled: boolean
  readonly postCopy: boolean
  readonly autoConverge: boolean
  readonly compress: boolean
  readonly parallel?: number
  readonly bandwidth?: string
  readonly maxDowntime?: number
  readonly atOnce?: number
  readonly measure: boolean
  readonly check: boolean
  readonly watch: boolean
  readonly yes: boolean
  readonly wait: boolean
  readonly reason?: string
}

interface Looked {
  readonly name: string
  /** With nothing filled in that the flags leave open: at another time other volumes may be free. */
  readonly wish: MigrationSpecInput
  readonly preflight: Preflight
}

/**
 * Looks at both hosts, says what was found, and moves what can. Answers the exit code: 0 done (or nothing in the way), 1 not, 3 partly. Throws
 * `invalid-input` for flags that say nothing, and for no targets.
 */
export async function migrate(
  session: Session,
  names: readonly string[],
  flags: MigrateFlags & { readonly json: boolean },
  io: Io,
): Promise<number> {
  const { client } = session
  if (names.length === 0 && (flags.query ?? '').trim() === '') throw noTargets()
  const when = whenOf(flags, Date.now())
  if (session.fresh && when) throw nobodyWouldBegin()
  if (session.fresh && !flags.wait && !flags.check) throw nobodyWouldFinish()
  const host = await findHost(client, flags.to)
  const targets = await resolveTargets(client, { names, query: flags.query })
  if (targets.length === 0) {
    io.complain('No machine matches.')
    return 1
  }
  if (flags.rename !== undefined && targets.length > 1) throw badFlag('Two machines cannot have one name: rename them one by one.')
  const looked: Looked[] = []
  const together = new MovesTogether()
  for (const { id, name } of targets) {
    const one = await look(client, wishOf(id, host.id, flags), when, flags).catch((thrown: unknown) => {
      if (targets.length === 1) throw thrown
      io.complain(`${printable(name)}: ${errorLine(toAppError(thrown))}`)
      return null
    })
    if (one) looked.push({ name, wish: one.wish, preflight: withOthers(name, one.preflight, together) })
  }
  const blocked = looked.filter(({ preflight }) => has(preflight, 'blocks'))
  if (flags.json && flags.check) io.print(JSON.stringify(looked.map(({ preflight }) => preflight)))
  else for (const one of looked) show(one, host.name, flags.check, flags.json, io)
  const cannot = targets.length - looked.length + blocked.length
  if (when && !flags.check) return await plan(client, { looked, when, missing: targets.length - looked.length }, flags, io)
  if (flags.check || cannot === targets.length) return cannot === 0 ? 0 : cannot === targets.length ? 1 : 3
  const going = looked.filter((one) => !blocked.includes(one))
  if (!flags.yes && going.some(({ preflight }) => has(preflight, 'warns')) && !(await accepted(io))) return 1
  const { taskId, refused } = await client.migrations.start({
    specs: going.map(({ preflight }) => preflight.spec),
    // what nobody was shown nobody has accepted
    acceptsWarnings: flags.yes || Object.fromEntries(going.map(({ preflight }) => [preflight.spec.machineId, warns(preflight)])),
    atOnce: flags.atOnce ?? 1,
    token: randomUUID(),
    ...(flags.reason !== undefined && { reason: flags.reason }),
  })
  for (const { name, reason } of refused) io.complain(printable(`${name}: ${reason.text} [${reason.code}]`))
  if (!flags.wait) {
    io.print(flags.json ? JSON.stringify({ taskId, refused }) : taskId)
    return 0
  }
  const task = await followMoves(client, taskId, { watch: flags.watch && !flags.json, isOne: going.length === 1 }, io)
  return await report(client, task, refused.length + cannot, flags, io)
}

/** Each was looked at alone: with what those before it take, more may stand in its way. */
function withOthers(name: string, preflight: Preflight, together: MovesTogether): Preflight {
  return { ...preflight, findings: [...preflight.findings, ...together.add(name, preflight)] }
}

interface Planning {
  readonly looked: readonly Looked[]
  readonly when: PlanWhen
  /** Machines that could not be looked at. */
  readonly missing: number
}

/** What blocks now may be mended until then: it is planned all the same, and was shown. */
async function plan(client: Client, { looked, when, missing }: Planning, flags: MigrateFlags & { json: boolean }, io: Io): Promise<number> {
  if (looked.length === 0) return 1
  if (!flags.yes && looked.some(({ preflight }) => warns(preflight).length > 0) && !(await accepted(io))) return 1
  const { planId } = await client.migrations.plan({
    moves: looked.map(({ wish, preflight }) => ({ spec: wish, accepted: warns(preflight) })),
    when,
    atOnce: flags.atOnce ?? 1,
    token: randomUUID(),
    ...(flags.reason !== undefined && { reason: flags.reason }),
  })
  io.complain(`Planned for ${whenText(when)} (${when.zone}). It is checked again just before.`)
  io.print(flags.json ? JSON.stringify({ planId }) : planId)
  return missing === 0 ? 0 : 3
}

/** With all that was left open filled in by the engine, and then as the flags say. */
async function look(client: Client, wish: MigrationSpecInput, when: PlanWhen | null, flags: MigrateFlags): Promise<Omit<Looked, 'name'>> {
  const begins = when && { beginsAtMs: when.kind === 'at' ? when.atMs : Math.max(when.fromMs, Date.now()) }
  if (flags.measure) await client.migrations.measure({ machineId: wish.machineId, targetHostId: wish.targetHostId })
  const first = await client.migrations.preflight({ spec: wish, ...begins })
  const spec = withDisks(first.spec, flags)
  return spec === first.spec
    ? { wish, preflight: first }
    : { wish: spec, preflight: await client.migrations.preflight({ spec, ...begins }) }
}

export function wishOf(machineId: MachineId, targetHostId: MigrationSpec['targetHostId'], flags: MigrateFlags): MigrationSpecInput {
  if (flags.tunnelled && !flags.peer) throw badFlag('--tunnelled needs --peer: only the daemons themselves have such a connection.')
  return {
    machineId,
    targetHostId,
    mode: flags.mode,
    nics: flags.nic.map(nicOf),
    rename: flags.rename ?? null,
    control: flags.peer ? 'peer' : 'client',
    tunnelled: flags.tunnelled,
    postCopy: flags.postCopy,
    autoConverge: flags.autoConverge,
    compress: flags.compress,
    parallel: flags.parallel ?? 0,
    bandwidthBytesPerS: flags.bandwidth === undefined ? null : rateOf(flags.bandwidth),
    maxDowntimeMs: flags.maxDowntime ?? null,
    ...(flags.leave !== undefined && { leave: [flags.leave] }),
    sourceDisks: flags.deleteSourceDisks ? 'delete' : 'keep',
  }
}

/** The same object when the flags say nothing of disks. */
export function withDisks(spec: MigrationSpec, { storage, pool, disk }: Pick<MigrateFlags, 'storage' | 'pool' | 'disk'>): MigrationSpec {
  if (storage === undefined && pool === undefined && disk.length === 0) return spec
  const single = new Map(disk.map(diskOf))
  const unknown = [...single.keys()].find((target) => !spec.disks.some((one) => one.target === target))
  if (unknown !== undefined) throw badFlag(`It has no disk ${unknown}. There are: ${spec.disks.map(({ target }) => target).join(', ')}`)
  const disks = spec.disks.map((one): DiskMove => {
    const own = single.get(one.target)
    // an empty drive stays one
    const how = own?.how ?? (one.how === 'leave' ? 'leave' : (storage ?? one.how))
    const into = own?.pool ?? pool ?? one.pool
    return how === 'copy' ? { ...one, how, pool: into } : { ...one, how, pool: null, volume: null }
  })
  return { ...spec, disks }
}

function diskOf(text: string): [string, { readonly how: DiskMove['how']; readonly pool: string | null }] {
  const [, target, how, pool] = /^([^=]+)=(copy|shared|leave)(?::(.+))?$/.exec(text) ?? []
  if (target !== undefined && how !== undefined && (pool === undefined || how === 'copy')) {
    return [target, { how: how as DiskMove['how'], pool: pool ?? null }]
  }
  throw badFlag(`"${text}" says nothing of a disk. Write vda=shared, vdb=copy or vdb=copy:pool.`)
}

function nicOf(text: string): NicMove {
  const [, mac, kind, name] = /^([0-9a-f]{2}(?::[0-9a-f]{2}){5})=(bridge:)?(.+)$/i.exec(text) ?? []
  if (mac !== undefined && name !== undefined)
    return { mac: mac.toLowerCase(), on: kind === undefined ? networkOf(name) : { kind: 'bridge', name } }
  throw badFlag(`"${text}" says nothing of a card. Write 52:54:00:12:34:56=default, …=default/portgroup, or …=bridge:br0.`)
}

/** A name of a network has no slash in it: what is behind one is a group of its ports. */
function networkOf(text: string): NicMove['on'] {
  const [, name = text, portGroup] = /^([^/]+)\/(.+)$/.exec(text) ?? []
  return { kind: 'network', name, ...(portGroup !== undefined && { portGroup }) }
}

const has = ({ findings }: Preflight, wanted: 'blocks' | 'warns') => findings.some(({ severity }) => severity === wanted)

/** What was found: all of it when that was asked for, else what a person has to know. */
function show({ name, preflight }: Looked, hostName: string, isAll: boolean, isJson: boolean, io: Io): void {
  const say = (text: string) => (isAll ? io.print(text) : io.complain(text))
  const findings = preflight.findings.filter(({ severity }) => isAll || severity !== 'passed')
  if (isJson && findings.length === 0) return
  say(printable(`${name} → ${hostName}`))
  if (findings.length > 0) say(findingsTable(findings))
  const line = predictionLine(preflight)
  if (line !== null) say(line)
}

/** The ids of its warnings. */
function warns({ findings }: Preflight): string[] {
  return findings.flatMap(({ severity, id }) => (severity === 'warns' ? [id] : []))
}

async function accepted(io: Io): Promise<boolean> {
  if (!io.interactive) {
    io.complain('There are warnings, and nobody to ask here: add --yes to go on.')
    return false
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question('Go on in spite of the warnings? (y/N) ')
  terminal.close()
  return /^y(?:es)?$/i.test(answer.trim())
}

function badFlag(message: string): AppError {
  return new AppError({ kind: 'invalid-input', code: 'cli.bad-order', message })
}

/** An engine that ends with the command is not there when the time comes. */
function nobodyWouldBegin(): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'cli.nobody-begins',
    message: 'No NovaCron runs on this data folder, so nobody would begin the move at its time. Start NovaCron first, or leave out --at.',
  })
}

function noTargets(): AppError {
  return new AppError({ kind: 'invalid-input', code: 'cli.no-targets', message: 'Name machines, or give a query with -q.' })
}
