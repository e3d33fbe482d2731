import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline/promises'
import { AppError } from '../../../shared/errors/index.ts'
import { FINAL_TASK_STATES, type MachineActionInput, type MachineId, type Task, type TaskId } from '../../../shared/model/index.ts'
import type { Client } from '../../api/client.ts'
import type { Session } from '../connect.ts'
import { errorLine, printable } from '../output.ts'

export interface ActOptions {
  readonly names: readonly string[]
  readonly query: string | undefined
  readonly yes: boolean
  readonly wait: boolean
  readonly json: boolean
  readonly reason: string | undefined
}

export interface Io {
  print(line: string): void
  complain(line: string): void
  readonly interactive: boolean
}

export const POLL_MS = 250
/** What cannot be taken back is asked for even for a single machine. */
const IRREVERSIBLE: ReadonlySet<string> = new Set(['powerOff', 'reset', 'delete', 'discardSave'])

/**
 * Runs an action on machines named exactly, or on all that match a query, and waits for the outcome. Answers the exit code.
 * Throws `invalid-input` for no targets and `precondition` for not waiting where nobody else would finish it.
 */
export async function act(session: Session, action: MachineActionInput, options: ActOptions, io: Io): Promise<number> {
  const { client } = session
  refuseEverything(options)
  if (session.fresh && !options.wait) throw nobodyWouldFinish()
  const targets = await resolveTargets(client, options)
  if (targets.length === 0) {
    io.complain('No machine matches.')
    return 1
  }
  const mustAsk = targets.length > 1 || IRREVERSIBLE.has(action.action)
  if (mustAsk && !options.yes && !(await confirm(action.action, targets, io))) return 1
  const answer = await client.machines.act({
    targets: { ids: targets.map(({ id }) => id) },
    action,
    token: randomUUID(),
    ...(options.reason !== undefined && { reason: options.reason }),
  })
  for (const refused of answer.refused) io.complain(printable(`${refused.name}: ${refused.reason.text} [${refused.reason.code}]`))
  if (answer.accepted === 0) return 1
  if (!options.wait) {
    io.print(options.json ? JSON.stringify({ taskId: answer.taskId, refused: answer.refused }) : answer.taskId)
    return 0
  }
  const task = await waitFor(client, answer.taskId)
  return report(client, task, answer.refused.length, options, io)
}

/** A variable that is not set must not mean the whole fleet. Throws `invalid-input`. */
function refuseEverything({ query, names }: ActOptions): void {
  if (query !== undefined && query.trim() === '') {
    throw new AppError({
      kind: 'invalid-input',
      code: 'cli.empty-query',
      message: 'An empty query would mean every machine. Write name:* if that is meant.',
    })
  }
  if (query === undefined && names.length === 0) {
    throw new AppError({ kind: 'invalid-input', code: 'cli.no-targets', message: 'Name machines, or give a query with -q.' })
  }
}

/** An engine that ends with the command would end the task as well. */
export function nobodyWouldFinish(): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'cli.nobody-finishes',
    message:
      'No NovaCron runs on this data folder, so nobody would finish the task once this command is gone. Leave out --no-wait, or start NovaCron first.',
  })
}

interface Target {
  readonly id: MachineId
  readonly name: string
}

/** Throws `not-found` cli.no-such-machine and `conflict` cli.ambiguous-name. */
export async function resolveTargets(client: Client, options: Pick<ActOptions, 'names' | 'query'>): Promise<readonly Target[]> {
  const found: Target[] = []
  const seen = new Set<string>()
  const add = (target: Target): void => {
    if (!seen.has(target.id)) found.push({ id: target.id, name: target.name })
    seen.add(target.id)
  }
  if (options.query !== undefined) for await (const { machine } of allMachines(client, options.query)) add(machine)
  for (const name of options.names) {
    const same: Target[] = []
    for await (const { machine, hostName } of allMachines(client, '')) {
      const full = `${hostName}/${machine.name}`
      if (machine.name === name || full === name || machine.id === name) same.push({ id: machine.id, name: full })
    }
    if (same.length === 0) throw new AppError({ kind: 'not-found', code: 'cli.no-such-machine', message: `No machine is named "${name}".` })
    if (same.length > 1) {
      throw new AppError({
        kind: 'conflict',
        code: 'cli.ambiguous-name',
        message: `${same.length} machines are named "${name}". Name one with its host: ${same.map((target) => target.name).join(', ')}`,
      })
    }
    for (const target of same) add(target)
  }
  return found
}

/** All machines that match, page by page. */
export async function* allMachines(client: Client, query: string) {
  let cursor: string | undefined
  do {
    const page = await client.inventory.machines({ query, limit: 1_000, ...(cursor !== undefined && { cursor }) })
    yield* page.items
    cursor = page.cursor ?? undefined
  } while (cursor !== undefined)
}

async function confirm(action: string, targets: readonly Target[], io: Io): Promise<boolean> {
  const shown = targets.slice(0, 10).map(({ name }) => printable(name))
  const rest = targets.length > shown.length ? ` and ${targets.length - shown.length} more` : ''
  io.complain(`${action}: ${shown.join(', ')}${rest}`)
  if (!io.interactive) {
    io.complain('Nobody to ask here: add --yes to go on.')
    return false
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`Type ${targets.length} to go on: `)
  terminal.close()
  return answer.trim() === String(targets.length)
}

export async function waitFor(client: Client, taskId: TaskId, onLook: (task: Task) => void = () => {}): Promise<Task> {
  for (;;) {
    const task = await client.tasks.get({ taskId })
    onLook(task)
    if (FINAL_TASK_STATES.has(task.state) || task.state === 'needs-attention') return task
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** Says for each target how it ended. Answers the exit code. */
export async function report(client: Client, task: Task, refused: number, options: Pick<ActOptions, 'json'>, io: Io): Promise<number> {
  const children = task.children ? await childrenOf(client, task.id) : [task]
  if (options.json) io.print(JSON.stringify({ task, results: children }))
  else {
    for (const child of children) {
      const line = `${printable(child.target?.name ?? child.id)}: ${child.state}`
      if (child.error)
        io.complain(`${line}. ${errorLine(child.error)}${child.offers.length > 0 ? ` Next: ${child.offers.join(', ')}` : ''}`)
      else io.print(line)
    }
  }
  if (task.state === 'succeeded') return refused > 0 ? 3 : 0
  return task.state === 'partly' ? 3 : 1
}

async function childrenOf(client: Client, parentId: TaskId): Promise<readonly Task[]> {
  const children: Task[] = []
  let cursor: string | undefined
  do {
    const page = await client.tasks.list({ parentId, limit: 1_000, ...(cursor !== undefined && { cursor }) })
    children.push(...page.items)
    cursor = page.cursor ?? undefined
  } while (cursor !== undefined)
  return children
}
