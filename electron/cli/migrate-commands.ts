import { type Command, InvalidArgumentError, Option } from 'commander'
import { MIGRATION_MODES, type TaskId } from '../../shared/model/index.ts'
import type { Io } from './commands/act.ts'
import { type MigrateFlags, migrate } from './commands/migrate.ts'
import { movePlans, type PlansFlags } from './commands/migrate-plans.ts'
import { resumeMove } from './commands/resume-move.ts'
import type { Session } from './connect.ts'

type On = (command: Command, run: (session: Session, globals: { json: boolean }, command: Command) => Promise<number | undefined>) => void

/** `novacron migrate` and `novacron resume-move`. */
export function migrateCommands(program: Command, on: On, io: Io): void {
  const command = program.command('migrate')
  on(
    command
      .hook('preAction', (self, called) => {
        // required of itself alone, and not of what is below it
        if (called === self && self.opts<Partial<MigrateFlags>>().to === undefined)
          self.error("error: required option '--to <host>' not specified")
      })
      .description('Move machines to another host: says beforehand what stops them and how long it takes. Ctrl-C cancels')
      .argument('[names...]', 'machines by exact name, host/name or id')
      .option('--to <host>', 'where to; always needed')
      .option('-q, --query <query>', 'all machines that match')
      .addOption(new Option('--mode <mode>', 'how they go').choices(MIGRATION_MODES).default('live'))
      .addOption(new Option('--storage <how>', 'of all disks; default: as both hosts see them').choices(['copy', 'shared']))
      .option('--disk <disk=how>', 'of one disk: vda=shared, vdb=copy or vdb=copy:pool; may be given again', gather, [])
      .option('--pool <name>', 'for copied disks; default: the pool of the same name')
      .option(
        '--nic <mac=network>',
        'what a card hangs on there: a network, network/portgroup, or bridge:br0; may be given again',
        gather,
        [],
      )
      .option('--rename <name>', 'its name over there')
      .option('--delete-source-disks', 'delete the copied files at the source once it runs at the target', false)
      .addOption(
        new Option('--leave <what>', 'lose what does not come along; tpm: what the TPM of a machine that is off keeps').choices(['tpm']),
      )
      .option('--peer', 'the source’s own daemon leads, by SSH; default: NovaCron does', false)
      .option('--tunnelled', 'with --peer: through the SSH connection of the daemons', false)
      .option('--post-copy', 'allow to switch over before all memory is there; a link that fails then costs the machine', false)
      .option('--auto-converge', 'slow the guest down when it writes faster than is copied', false)
      .option('--compress', 'compress memory', false)
      .option('--parallel <number>', 'connections side by side', whole)
      .option('--bandwidth <rate>', 'at most so many MB/s, such as 200; libvirt keeps whole MiB/s, so 100 become 99.6')
      .option('--max-downtime <ms>', 'it may stand still for so long', whole)
      .option('--at-once <number>', 'at a time, of several', whole)
      .option('--at <time>', "not now but then: 02:30, or '2026-03-28 02:30'; within ten minutes, or else not at all")
      .option('--until <time>', 'with --at: as soon as it can between the two')
      .option('--measure', 'measure first how fast it writes and how fast bytes get there', false)
      .option('--check', 'say what would stop it and how long it takes, and move nothing', false)
      .option('--watch', 'print each step as a line of its own', false)
      .option('-y, --yes', 'go on in spite of warnings', false)
      .option('--no-wait', 'print the task id and leave')
      .option('--reason <text>', 'kept in the task and the audit'),
    (session, { json }, { args }) => migrate(session, args, { ...command.opts<MigrateFlags>(), json }, io),
  )
  on(
    command
      .command('plans')
      .description('Planned moves, and what became of them; with a plan, changes or cancels it')
      .argument('[plan]', 'its id')
      .option('--all', 'with those that are over', false)
      .option('--cancel', 'cancel it', false)
      .option('--at <time>', 'another time')
      .option('--until <time>', 'with --at: a window'),
    // --at is read by the command above, which has it as well
    (session, { json }, plans) => movePlans(session, plans.args[0], { ...plans.optsWithGlobals<PlansFlags>(), json }, io),
  )
  on(
    program
      .command('resume-move')
      .description('Take a move that broke in post-copy up again now, in place of at its next try')
      .argument('<task>', 'as tasks shows it')
      .option('--watch', 'print each step as a line of its own', false),
    ({ client }, _globals, called) => resumeMove(client, called.args[0] as TaskId, called.opts<{ watch: boolean }>().watch, io),
  )
}

function gather(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function whole(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It takes a whole number.')
}
