import { type Command, InvalidArgumentError, Option } from 'commander'
import { DRAIN_ORDERS, type DrainOrderInput } from '../../shared/model/index.ts'
import type { Io } from './commands/act.ts'
import { drainHost, returnHost } from './commands/drain.ts'
import type { Session } from './connect.ts'

type On = (command: Command, run: (session: Session, globals: { readonly json: boolean }, command: Command) => Promise<number>) => void

/** As commander gives them. */
interface DrainFlags {
  readonly to: readonly string[]
  readonly order: DrainOrderInput['order']
  readonly atOnce: number
  readonly shutDownOthers: boolean
  readonly check: boolean
  readonly yes: boolean
  readonly wait: boolean
  readonly reason?: string
}

interface ReturnFlags {
  readonly machines: boolean
  readonly wait: boolean
  readonly reason?: string
}

export function maintenanceCommands(program: Command, on: On, io: Io): void {
  on(
    program
      .command('drain')
      .description('Put a host into maintenance: move its machines to others, and let nothing new come')
      .argument('<host>', 'its exact name or id')
      .option('--to <host>', 'where they may go, may be given several times; default: wherever there is room', collected, [])
      .addOption(new Option('--order <order>', 'who goes first').choices(DRAIN_ORDERS).default('smallest-first'))
      .option('--at-once <number>', 'moves at a time, up to 16', few, 1)
      .option('--shut-down-others', 'shut down machines that cannot move, in place of leaving them', false)
      .option('--check', 'say what would become of each machine, and do nothing', false)
      .option('-y, --yes', 'do not ask', false)
      .option('--no-wait', 'print the task id and leave')
      .option('--reason <text>', 'kept with the host, in the task and the audit'),
    (session, { json }, command) => {
      const { reason, ...flags } = command.opts<DrainFlags>()
      return drainHost(session, command.args[0] ?? '', { ...flags, reason, json }, io)
    },
  )
  on(
    program
      .command('return')
      .description('End the maintenance of a host: bring its machines back, and start those that were shut down')
      .argument('<host>', 'its exact name or id')
      .option('--no-machines', 'leave the machines where they are')
      .option('--no-wait', 'print the task id and leave')
      .option('--reason <text>', 'kept in the task and the audit'),
    (session, { json }, command) => {
      const { reason, ...flags } = command.opts<ReturnFlags>()
      return returnHost(session, command.args[0] ?? '', { ...flags, reason, json }, io)
    },
  )
}

function collected(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function few(text: string): number {
  if (/^([1-9]|1[0-6])$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A number from 1 to 16.')
}
