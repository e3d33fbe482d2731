import type { BuildFinding, BuildPreview, Task, TaskId } from '../../../shared/model/index.ts'
import type { Session } from '../connect.ts'
import { printable } from '../output.ts'
import { ProgressLine } from '../progress-line.ts'
import { type Io, nobodyWouldFinish, report, waitFor } from './act.ts'
import { findingLine } from './import.ts'

export interface MakeOptions {
  /** Says what stands in the way, and makes nothing. */
  readonly check: boolean
  /** Prints the definition of the first one, and makes nothing. */
  readonly xml: boolean
  readonly wait: boolean
  readonly json: boolean
}

/** One order for new machines, whatever they are made from. */
export interface Making {
  check(): Promise<{ readonly names: readonly string[]; readonly findings: readonly BuildFinding[] }>
  preview(): Promise<BuildPreview>
  begin(): Promise<{ readonly taskId: TaskId; readonly names: readonly string[] }>
}

/** Checks an order, shows what it comes to or has it made, and waits for the outcome. Answers the exit code. */
export async function make(session: Session, making: Making, options: MakeOptions, io: Io): Promise<number> {
  if (session.fresh && !options.wait && !options.check && !options.xml) throw nobodyWouldFinish()
  if (options.xml) return show(await making.preview(), options, io)
  const { names, findings } = await making.check()
  const isBlocked = findings.some(({ severity }) => severity === 'blocks')
  if (options.check && options.json) io.print(JSON.stringify({ names, findings }))
  else for (const finding of findings) io.complain(findingLine(finding))
  if (isBlocked) return 1
  if (options.check) {
    if (!options.json) for (const name of names) io.print(printable(name))
    return 0
  }
  return await follow(session, (await making.begin()).taskId, options, io)
}

/** Waits for a task that makes machines and says for each what became of it. Answers the exit code. */
export async function follow({ client }: Session, taskId: TaskId, options: Pick<MakeOptions, 'wait' | 'json'>, io: Io): Promise<number> {
  if (!options.wait) {
    io.print(options.json ? JSON.stringify({ taskId }) : taskId)
    return 0
  }
  const line = new ProgressLine('Making', io)
  let task: Task
  try {
    task = await waitFor(client, taskId, ({ progress }) => line.say(`${Math.round(progress.fraction * 100)} %`))
  } finally {
    line.end()
  }
  return await report(client, task, 0, options, io)
}

function show(preview: BuildPreview, { json }: MakeOptions, io: Io): number {
  if (json) io.print(JSON.stringify(preview))
  else {
    io.print(preview.xml)
    if (preview.complaint) io.complain(`The hypervisor says: ${printable(preview.complaint.text)} [${preview.complaint.code}]`)
  }
  return preview.complaint ? 1 : 0
}
