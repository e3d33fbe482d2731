import { type Command, Option } from 'commander'
import { TRANSFER_SOURCES, TRANSFER_WAYS } from '../../shared/model/index.ts'
import type { Io } from './commands/act.ts'
import { type TransferFlags, transfer } from './commands/transfer.ts'
import type { Session } from './connect.ts'

type On = (command: Command, run: (session: Session, globals: { readonly json: boolean }, command: Command) => Promise<number>) => void

export function transferCommands(program: Command, on: On, io: Io): void {
  const each = (value: string, before: readonly string[]) => [...before, value]
  on(
    program
      .command('transfer')
      .argument('<machine>', 'its name or id; it has to be off')
      .argument('<host>', 'where to: a host, or a part of a cloud’s account')
      .option('--plan', 'show the ways, and what each takes; moves nothing')
      .option('--run-book <file>', 'write the way down, with commands and checks; - prints it')
      .addOption(new Option('--way <way>', 'of the run-book; default: the best one').choices(TRANSFER_WAYS))
      .option('--rename <name>', 'its name over there')
      .addOption(new Option('--name <name>', 'as --rename').hideHelp())
      .option('--pool <pool>', 'where its disks go, but for those of --disk')
      .option('--network <network>', 'what its cards hang on: a network, or bridge:br0')
      .option(
        '--disk <disk=pool>',
        'where a disk goes: vda=pool or vda=pool/volume; vdb=- stays here; may be said more than once',
        each,
        [],
      )
      .addOption(
        new Option('--source <what>', 'what becomes of it here once it is verified there').choices(TRANSFER_SOURCES).default('keep'),
      )
      .option('--type <type>', 'of a machine in a cloud; default: the smallest that is large enough')
      .option('--zone <zone>', 'of a cloud')
      .option('--subnet <id>', 'of a cloud; default: its default one')
      .option('--public-address', 'in a cloud: with an address of the internet')
      .option('--region <region>', 'of a cloud')
      .option('--accept-warnings', 'go on in spite of what --plan warns of')
      .option('--no-wait', 'print the task and leave')
      .option('--reason <text>', 'for the audit log')
      .description('Move a machine that is off to a host that this one cannot reach, into a cloud or out of one'),
    (session, { json }, command) =>
      transfer(session, command.args[0] ?? '', command.args[1] ?? '', command.opts<TransferFlags>(), json, io),
  )
}
