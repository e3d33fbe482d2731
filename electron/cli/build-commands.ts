import { type Command, InvalidArgumentError } from 'commander'
import type { Io } from './commands/act.ts'
import { type BuildFlags, build } from './commands/build.ts'
import { type CloneFlags, clone, makeTemplate, type TemplateFlags } from './commands/clone.ts'
import type { MakeOptions } from './commands/make.ts'
import type { Session } from './connect.ts'

type On = (command: Command, run: (session: Session, globals: { json: boolean }, command: Command) => Promise<number | undefined>) => void

/** `novacron build`, `clone` and `template`. */
export function buildCommands(program: Command, on: On, io: Io): void {
  on(
    many(program.command('build').description('Make machines: from a cloud image, an installation medium, or a file that describes them'))
      .option('--host <name>', 'where')
      .option('--os <id>', 'of the catalogue, such as debian12; default: linux')
      .option('--image <pool/volume>', 'a disk image to begin with')
      .option('--iso <pool/volume>', 'an installation medium')
      .option('--linked', 'keep only what differs from the image, which must stay', false)
      .option('--pool <name>', 'for its disk; default: the image’s, or "default"')
      .option('--size <size>', 'of its disk, such as 20G')
      .option('--network <name>', 'for its card'),
    (session, { json }, command) => build(session, command.opts<BuildFlags>(), { ...command.opts<Omit<MakeOptions, 'json'>>(), json }, io),
  )
  on(
    many(program.command('clone').description('Make machines from one that is off, or from a template').argument('<machine>', MACHINE))
      .option('--linked', 'overlays that need the original’s disks for ever: for templates')
      .option('--pool <name>', 'for the disks; default: each beside its original')
      .option('--disk-size <disk=size>', 'a larger disk, such as vda=40G; may be given again', gather, []),
    (session, { json }, command) =>
      clone(session, command.args[0] ?? '', command.opts<CloneFlags>(), { ...command.opts<Omit<MakeOptions, 'json'>>(), json }, io),
  )
  on(
    program
      .command('template')
      .description('Make the next version of a template from a machine that is off')
      .argument('<machine>', MACHINE)
      .requiredOption('--family <name>', 'what its versions share: web gives web-v1, web-v2, …')
      .option('--changeable <fields>', 'what may be changed in what is made of it, separated by commas; default: everything')
      .option('--description <text>', 'shown with it')
      .option('--pool <name>', 'for its disks; default: each beside its original')
      .option('--no-wait', 'print the task id and leave')
      .option('--reason <text>', 'kept in the task and the audit'),
    (session, { json }, command) => makeTemplate(session, command.args[0] ?? '', command.opts<TemplateFlags>(), json, io),
  )
}

const MACHINE = 'its exact name, host/name or id'

/** What `build` and `clone` share. */
function many(command: Command): Command {
  return command
    .option('--name <pattern>', 'such as web-01, or web-{nn} for several')
    .option('--count <number>', 'how many', whole)
    .option('--first <number>', 'the first one’s number', whole)
    .option('--cpus <number>', 'virtual CPUs', whole)
    .option('--memory <MiB>', 'memory', whole)
    .option('--user <name>', 'made by cloud-init at the first start')
    .option('--key <file>', 'public key, or authorized_keys, of that user; may be given again', gather, [])
    .option('--password-prompt', 'ask for that user’s password', false)
    .option('--package <name>', 'to install at the first start; may be given again', gather, [])
    .option('--address <address/prefix>', 'static, of the first machine; the others count up')
    .option('--gateway <address>', 'with --address')
    .option('--dns <address>', 'with --address; may be given again', gather, [])
    .option('--domain <domain>', 'added to the host names')
    .option('--user-data <file>', 'a cloud-init user-data of one’s own')
    .option('--tag <tag>', 'may be given again', gather, [])
    .option('--start', 'start them')
    .option('--spec <file>', 'YAML or JSON with the same fields as the API; flags go before it')
    .option('--check', 'say what stands in the way, and make nothing', false)
    .option('--xml', 'print the definition of the first one, and make nothing', false)
    .option('--no-wait', 'print the task id and leave')
    .option('--reason <text>', 'kept in the task and the audit')
}

function gather(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function whole(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It takes a whole number.')
}
