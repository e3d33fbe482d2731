import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline/promises'
import type { DrainItem, DrainOrderInput, DrainPlan, HostId, LeftMachine, Task, TaskId } from '../../../shared/model/index.ts'
import type { Client } from '../../api/client.ts'
import type { Session } from '../connect.ts'
import { findHost } from '../find-host.ts'
import { gib, printable, table } from '../output.ts'
import { ProgressLine } from '../progress-line.ts'
import { type Io, nobodyWouldFinish, POLL_MS, report, waitFor } from './act.ts'

export interface DrainOptions {
  readonly to: readonly string[]
  readonly order: DrainOrderInput['order']
  readonly atOnce: number
  readonly shutDownOthers: boolean
  readonly check: boolean
  readonly yes: boolean
  readonly wait: boolean
  readonly json: boolean
  readonly reason: string | undefined
}

export interface ReturnOptions extends Pick<DrainOptions, 'wait' | 'json' | 'reason'> {
  /** They come back. */
  readonly machines: boolean
}

/**
 * Shows the plan, asks, then empties the host. Answers the exit code: 3 when machines that run stay there. With `check` 1 when one of them
 * would. Throws what looking hosts up does, and `precondition` for not waiting where nobody else would finish it.
 */
export async function drainHost(session: Session, name: string, options: DrainOptions, io: Io): Promise<number> {
  const { client } = session
  const host = await findHost(client, name)
  const targets = await Promise.all(options.to.map((wanted) => findHost(client, wanted)))
  const order: DrainOrderInput = {
    hostId: host.id,
    targetHostIds: targets.length > 0 ? targets.map(({ id }) => id) : null,
    order: options.order,
    atOnce: options.atOnce,
    others: options.shutDownOthers ? 'shut-down' : 'leave',
  }
  const plan = await client.maintenance.plan({ order })
  const names = new Map((await client.inventory.hosts({})).map((row) => [row.host.id, row.host.name]))
  const stays = plan.items.filter(({ what }) => what === 'stays').length
  if (options.check) {
    io.print(options.json ? JSON.stringify(plan) : planText(plan, (id) => names.get(id) ?? id))
    return stays > 0 ? 1 : 0
  }
  if (!options.json) io.print(planText(plan, (id) => names.get(id) ?? id))
  if (session.fresh && !options.wait) throw nobodyWouldFinish()
  if (!options.yes && !(await confirm(host.name, plan, io))) return 1
  const { taskId } = await client.maintenance.drain({ order, token: randomUUID(), ...reasonIn(options) })
  if (taskId === null) {
    io.print(options.json ? JSON.stringify({ taskId, stays }) : `${printable(host.name)} is in maintenance. Nothing had to move.`)
    return stays > 0 ? 3 : 0
  }
  const followed = { ...options, what: `Empty ${printable(host.name)}` }
  if (!options.wait) return await follow(client, taskId, stays, followed, io)
  for (let current = taskId; ; ) {
    const task = await watchToEnd(client, current, followed, io)
    const { next, stayed } = task.state === 'needs-attention' ? { next: null, stayed: stays } : await drainAfter(client, host.id, current)
    const code = await report(client, task, stayed, options, io)
    if (next === null) return code
    if (!options.json) io.print('Those that failed are tried with other hosts.')
    current = next
  }
}

/** What became of a drain when one task of it has ended: it may go on with other hosts as another one. */
async function drainAfter(
  client: Client,
  hostId: HostId,
  ended: TaskId,
): Promise<{ readonly next: TaskId | null; readonly stayed: number }> {
  for (;;) {
    const record = (await client.maintenance.list({})).find((one) => one.hostId === hostId)
    if (record?.state !== 'draining') return { next: null, stayed: record?.stayed.length ?? 0 }
    if (record.taskId !== null && record.taskId !== ended) return { next: record.taskId, stayed: record.stayed.length }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** Answers the exit code: 3 when a machine could not be brought back. */
export async function returnHost(session: Session, name: string, options: ReturnOptions, io: Io): Promise<number> {
  const { client } = session
  const host = await findHost(client, name)
  if (session.fresh && !options.wait && options.machines) throw nobodyWouldFinish()
  const order = { hostId: host.id, bringBack: options.machines, token: randomUUID() }
  const { taskId, left } = await client.maintenance.leave({ ...order, ...reasonIn(options) })
  if (!options.json) sayLeft(left, io)
  if (taskId === null) {
    io.print(options.json ? JSON.stringify({ taskId, left }) : `${printable(host.name)} is in use again.`)
    return left.length > 0 ? 3 : 0
  }
  return await follow(client, taskId, left.length, { ...options, what: `Bring machines back to ${printable(host.name)}` }, io)
}

function reasonIn({ reason }: Pick<DrainOptions, 'reason'>): { readonly reason?: string } {
  return reason === undefined ? {} : { reason }
}

function sayLeft(left: readonly LeftMachine[], io: Io): void {
  for (const { name, reason } of left) io.complain(printable(`${name} is not brought back: ${reason.text} [${reason.code}]`))
}

async function follow(
  client: Client,
  taskId: TaskId,
  left: number,
  options: Pick<DrainOptions, 'wait' | 'json'> & { readonly what: string },
  io: Io,
): Promise<number> {
  if (!options.wait) {
    io.print(options.json ? JSON.stringify({ taskId }) : taskId)
    return 0
  }
  return await report(client, await watchToEnd(client, taskId, options, io), left, options, io)
}

/** Its progress on one line, to its end. */
async function watchToEnd(client: Client, taskId: TaskId, { what }: { readonly what: string }, io: Io): Promise<Task> {
  const line = new ProgressLine(what, io)
  // what has begun ends where it is safe; the rest stays where it is
  const stop = () => void client.tasks.cancel({ taskId }).catch(() => undefined)
  process.once('SIGINT', stop)
  try {
    return await waitFor(client, taskId, ({ children }) => {
      if (children) line.say(`${children.succeeded} of ${children.total}${children.failed > 0 ? `, ${children.failed} failed` : ''}`)
    })
  } finally {
    process.off('SIGINT', stop)
    line.end()
  }
}

const WHAT: Readonly<Record<DrainItem['what'], string>> = { move: 'moves', 'shut-down': 'shuts down', stays: 'stays', off: 'off, stays' }

/** `novacron drain --check`: each machine with where it goes and what was found. */
export function planText({ items, totalMs }: DrainPlan, nameOf: (hostId: NonNullable<DrainItem['toHostId']>) => string): string {
  const rows = items.map(({ name, what, toHostId, memoryKiB, prediction, findings }) => [
    name,
    gib(memoryKiB),
    WHAT[what],
    toHostId === null ? '–' : nameOf(toHostId),
    prediction === null ? '–' : span(prediction.totalMs),
    findings
      .filter(({ severity }) => severity === 'blocks' || severity === 'warns')
      .map(({ reason }) => reason.text)
      .join(' '),
  ])
  const total = totalMs === null ? [] : [`All moves: ${span(totalMs)}.`]
  return [table(rows, ['machine', 'gib', 'what', 'to', 'time', 'findings'], new Set([1])), ...total].join('\n')
}

function span({ low, high }: { readonly low: number; readonly high: number }): string {
  const [from, to] = [Math.max(1, Math.round(low / 1_000)), Math.max(1, Math.round(high / 1_000))]
  if (to < 120) return from === to ? `${to} s` : `${from}–${to} s`
  return `${Math.max(1, Math.round(from / 60))}–${Math.round(to / 60)} min`
}

async function confirm(host: string, { items }: DrainPlan, io: Io): Promise<boolean> {
  const going = items.filter(({ what }) => what === 'move' || what === 'shut-down').length
  if (going === 0) return true
  if (!io.interactive) {
    io.complain('Nobody to ask here: add --yes to go on.')
    return false
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`Empty ${printable(host)}? Type ${going} to go on: `)
  terminal.close()
  return answer.trim() === String(going)
}
