import { userInfo } from 'node:os'
import { Command, InvalidArgumentError, Option } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { isAppError } from '../../shared/errors/index.ts'
import type { MachineActionInput } from '../../shared/model/index.ts'
import { defaultDataDirectory } from '../host/data-directory.ts'
import { buildCommands } from './build-commands.ts'
import { type ActOptions, act, allMachines, type Io, resolveTargets } from './commands/act.ts'
import { addHost } from './commands/add-host.ts'
import { openConsole } from './commands/console.ts'
import { exportMachine } from './commands/export.ts'
import { guestLines } from './commands/guest.ts'
import { type ImportOptions, importFile } from './commands/import.ts'
import { eventLine, hostTable, machineTable, taskTable } from './commands/show.ts'
import { openSession, type Session } from './connect.ts'
import { maintenanceCommands } from './maintenance-commands.ts'
import { migrateCommands } from './migrate-commands.ts'
import { errorLine, printable } from './output.ts'
import { transferCommands } from './transfer-commands.ts'
import { volumeCommands } from './volume-commands.ts'

const io: Io = {
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  interactive: process.stdin.isTTY,
}

/** How long a command that had to start the engine itself waits for the links to come up. */
const SETTLE_MS = 10_000

interface Globals {
  readonly data: string
  readonly json: boolean
}

/** The command line `novacron`. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 partly done. */
export async function main(argv: readonly string[]): Promise<number> {
  let exitCode = 0
  const program = new Command('novacron')
    .description('Look at and steer virtual machines from the command line.')
    .version(packageJson.version)
    .option('--data <folder>', 'where the console keeps its data', defaultDataDirectory())
    .option('--json', 'print JSON', false)
    .showHelpAfterError()
    .exitOverride((end) => {
      throw end
    })
  const on = (command: Command, run: (session: Session, globals: Globals, command: Command) => Promise<number | undefined>): void => {
    command.action(async () => {
      const globals = program.opts<Globals>()
      const session = await openSession(globals.data)
      try {
        if (session.fresh) await settle(session)
        exitCode = (await run(session, globals, command)) ?? 0
      } finally {
        await session.close()
      }
    })
  }
  showCommands(program, on)
  actionCommands(program, on)
  consoleCommand(program, on)
  guestCommand(program, on)
  buildCommands(program, on, io)
  volumeCommands(program, on, io)
  migrateCommands(program, on, io)
  packageCommands(program, on)
  transferCommands(program, on, io)
  hostCommands(program, on)
  maintenanceCommands(program, on, io)
  try {
    await program.parseAsync([...argv])
    return exitCode
  } catch (thrown) {
    return explain(thrown)
  }
}

type On = (command: Command, run: (session: Session, globals: Globals, command: Command) => Promise<number | undefined>) => void

function showCommands(program: Command, on: On): void {
  on(program.command('hosts').description('Hosts with their load and versions'), async ({ client }, { json }) => {
    const rows = await client.inventory.hosts({})
    io.print(json ? JSON.stringify(rows) : hostTable(rows, Date.now()))
    return 0
  })
  on(
    program.command('ls').argument('[query]', "such as 'state:running tag:prod'", '').description('Machines that match a query'),
    async ({ client }, { json }, command) => {
      const rows = []
      for await (const row of allMachines(client, command.args[0] ?? '')) rows.push(row)
      io.print(json ? JSON.stringify(rows) : machineTable(rows, Date.now()))
      return 0
    },
  )
  on(
    program
      .command('tasks')
      .argument('[query]', "such as 'state:failed'", '')
      .option('-n, --limit <number>', 'how many', '50')
      .description('Tasks, newest first'),
    async ({ client }, { json }, command) => {
      const { items } = await client.tasks.list({ query: command.args[0] ?? '', limit: Number(command.opts<{ limit: string }>().limit) })
      io.print(json ? JSON.stringify(items) : taskTable(items, Date.now()))
      return 0
    },
  )
  on(
    program
      .command('events')
      .argument('[query]', "such as 'severity:error'", '')
      .option('-f, --follow', 'go on printing as they come')
      .option('-n, --limit <number>', 'how many', '50')
      .description('Events that match, the newest last'),
    async ({ client }, { json }, command) => {
      const options = command.opts<{ follow?: boolean; limit: string }>()
      const show = (event: Parameters<typeof eventLine>[0]) => io.print(json ? JSON.stringify(event) : eventLine(event))
      const query = command.args[0] ?? ''
      // the newest of all, looked up first: what comes between the list and the stream is neither lost nor shown twice
      const newest = options.follow ? (await client.events.list({ limit: 1 })).items : []
      const { items } = await client.events.list({ query, limit: Number(options.limit) })
      for (const event of items.toReversed()) show(event)
      if (!options.follow) return 0
      const sinceId = Math.max(newest[0]?.id ?? 0, items[0]?.id ?? 0)
      for await (const event of await client.events.watch({ sinceId, query })) show(event)
      return 0
    },
  )
  on(program.command('audit').description('Check the hash chain of the audit log'), async ({ client }, { json }) => {
    const verdict = await client.audit.verify({})
    io.print(
      json
        ? JSON.stringify(verdict)
        : verdict.ok
          ? `${verdict.records} records, unbroken`
          : `Broken at record ${verdict.brokenAtSeq}: ${verdict.reason}`,
    )
    return verdict.ok ? 0 : 1
  })
  on(program.command('login-link').description('A new one-time link to the running console'), async (session) => {
    io.print(await session.ask('/login-link'))
    return 0
  })
}

/** Names as typed → action. `stop` asks the guest; `power-off` pulls the plug. */
const ACTIONS: ReadonlyArray<readonly [name: string, action: MachineActionInput, description: string]> = [
  ['start', { action: 'start' }, 'Start machines'],
  ['stop', { action: 'shutdown' }, 'Ask the guests to shut down (agent, then ACPI); Azure charges on until they are deallocated'],
  ['deallocate', { action: 'deallocate' }, 'Stop machines of Azure and give their CPU and memory back, so that they cost no more'],
  ['reboot', { action: 'reboot' }, 'Ask the guests to restart'],
  ['reset', { action: 'reset' }, 'Press the reset button: unsaved data is lost'],
  ['power-off', { action: 'powerOff' }, 'Pull the plug: unsaved data is lost'],
  ['suspend', { action: 'suspend' }, 'Pause machines in memory'],
  ['resume', { action: 'resume' }, 'Go on'],
  ['save', { action: 'managedSave' }, 'Save memory to disk and stop'],
  ['restore', { action: 'restore' }, 'Start from the saved memory'],
  ['add-display', { action: 'addDisplay' }, 'Add a VNC display to the definition; a running machine has it at its next start'],
]

function actionCommands(program: Command, on: On): void {
  for (const [name, action, description] of ACTIONS) {
    on(
      program
        .command(name)
        .description(description)
        .argument('[names...]', 'machines by exact name, host/name or id')
        .option('-q, --query <query>', 'all machines that match')
        .option('-y, --yes', 'do not ask', false)
        .option('--no-wait', 'print the task id and leave')
        .option('--reason <text>', 'kept in the task and the audit'),
      (session, { json }, command) =>
        act(
          session,
          action,
          { names: command.args, json, query: undefined, reason: undefined, ...command.opts<Partial<ActOptions>>() } as ActOptions,
          io,
        ),
    )
  }
}

function guestCommand(program: Command, on: On): void {
  on(
    program
      .command('guest')
      .description('What the agent inside a machine tells: system, addresses, file systems, users')
      .argument('<machine>', 'its exact name, host/name or id'),
    async ({ client }, { json }, command) => {
      const [target] = await resolveTargets(client, { names: [command.args[0] ?? ''], query: undefined })
      if (!target) return 1
      const info = await client.guest.info({ machineId: target.id })
      if (json) io.print(JSON.stringify(info))
      else for (const line of guestLines(info)) io.print(line)
      return info.agent === 'connected' ? 0 : 1
    },
  )
}

interface ConsoleFlags {
  readonly port: string
  readonly takeOver: boolean
  readonly ssh: boolean
  readonly sshPort: string
  readonly address?: string
  readonly key?: string
  readonly acceptHostKey?: string
  readonly record?: string
  readonly recordInput: boolean
}

function consoleCommand(program: Command, on: On): void {
  on(
    program
      .command('console')
      .description('Sit down in front of a machine’s serial port, or in a shell inside it; Ctrl and ] leaves')
      .argument('<machine>', 'its exact name, host/name or id; with --ssh also user@machine')
      .option('--port <number>', 'which serial port, counted from 0', '0')
      .option('--take-over', 'end the session of whoever holds the port, such as virsh console', false)
      .option('--ssh', 'a shell inside it, by its own SSH server: through its host, in a cloud straight', false)
      .option('--ssh-port <number>', 'the port of that server', '22')
      .option('--address <address>', 'which of its addresses, if not the first')
      .option('--key <file>', 'private key file; else the SSH agent, the keys in ~/.ssh, then what the machine asks for')
      .option('--accept-host-key <fingerprint>', 'trust the machine’s key with this SHA256:… fingerprint')
      .option('--record <file>', 'record what is shown to a new file, as asciicast v2')
      .option('--record-input', 'record what is typed as well, passwords included', false),
    (session, _globals, command) => {
      const flags = command.opts<ConsoleFlags>()
      const [, user, name = ''] = /^(?:([^@]+)@)?([\s\S]*)$/.exec(command.args[0] ?? '') ?? []
      const { key, address, acceptHostKey, record, recordInput, takeOver } = flags
      const port = Number(flags.sshPort)
      const ssh = flags.ssh ? { user: user ?? userInfo().username, port, key, address, acceptHostKey } : null
      const options = { name: ssh ? name : (command.args[0] ?? ''), port: Number(flags.port), takeOver, ssh, record, recordInput }
      return openConsole(session, options, io, { input: process.stdin, output: process.stdout })
    },
  )
}

/** As commander gives them. */
interface ImportFlags extends Pick<ImportOptions, 'host' | 'format' | 'build' | 'start' | 'verify' | 'check'> {
  readonly name?: string
  readonly pool?: string
  readonly network?: string
  readonly cpus?: string
  readonly memory?: string
  readonly os?: string
}

function packageCommands(program: Command, on: On): void {
  on(
    program
      .command('import')
      .description('Make a machine of an OVA package, or a volume of a disk image (vmdk, vdi, vhdx, qcow2, raw)')
      .argument('<file>', 'such as appliance.ova or disk.vmdk')
      .requiredOption('--host <name>', 'where it goes')
      .option('--name <name>', 'how to call it; default: as the file')
      .option('--pool <name>', 'for its disks; default: "default", or the first that is on')
      .option('--network <name>', 'for all of its cards')
      .option('--cpus <number>', 'virtual CPUs')
      .option('--memory <MiB>', 'memory')
      .option('--os <id>', 'of the catalogue, such as debian12')
      .addOption(new Option('--format <format>', 'of a disk').choices(['qcow2', 'raw']).default('qcow2'))
      .option('--build', 'of a disk image: make a machine with it as well', false)
      .option('--start', 'start the machine', false)
      .option('--no-verify', 'do not compare a package with its manifest')
      .option('--check', 'say what would come of a package, and make nothing', false),
    (session, { json }, command) => {
      const flags = command.opts<ImportFlags>()
      const options = { name: undefined, pool: undefined, network: undefined, os: undefined, ...flags }
      const numbers = { cpus: wholeNumber('--cpus', flags.cpus), memoryMiB: wholeNumber('--memory', flags.memory) }
      return importFile(session, { ...options, ...numbers, file: command.args[0] ?? '', json }, io)
    },
  )
  on(
    program
      .command('export')
      .description('Save a machine that is off as an OVA package')
      .argument('<machine>', 'its exact name, host/name or id')
      .argument('<file>', 'such as web.ova')
      .option('--pool <name>', 'where its converted disks lie meanwhile; default: beside its disks')
      .option('-f, --force', 'replace the file', false),
    (session, { json }, command) => {
      const { pool, force } = command.opts<{ pool?: string; force: boolean }>()
      return exportMachine(session, { name: command.args[0] ?? '', file: command.args[1] ?? '', pool, force, json }, io)
    },
  )
}

function hostCommands(program: Command, on: On): void {
  on(
    program
      .command('add')
      .description('Add a KVM host by SSH')
      .argument('<address>', 'user@host[:port], or a name from ~/.ssh/config')
      .option('--name <name>', 'how to call it')
      .option('--key <file>', 'private key file')
      .option('--accept-host-key <fingerprint>', 'trust the host key with this SHA256:… fingerprint'),
    (session, globals, command) =>
      addHost(
        session.client,
        { address: command.args[0] ?? '', json: globals.json, ...command.opts<{ name?: string; key?: string; acceptHostKey?: string }>() },
        io,
      ),
  )
}

function wholeNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError(`${flag} takes a whole number, not "${text}".`)
}

/** Until no link is still opening, or the time is up: then what is known is shown with its age. */
async function settle({ client }: Session): Promise<void> {
  const deadline = AbortSignal.timeout(SETTLE_MS)
  const opening = new Set<string>()
  try {
    for await (const message of await client.inventory.watch({}, { signal: deadline })) {
      if (message.type === 'changes') {
        for (const change of message.changes) {
          if (change.entity !== 'connection') continue
          const status = change.op === 'put' ? change.value.status : change.op === 'patch' ? change.patch.status : 'gone'
          if (status === 'connecting') opening.add(change.id)
          else if (status !== undefined) opening.delete(change.id)
        }
      }
      if (message.type !== 'reset' && opening.size === 0 && (message.type === 'ready' || message.type === 'changes')) return
    }
  } catch (thrown) {
    if (!deadline.aborted) throw thrown
  }
}

function explain(thrown: unknown): number {
  if (isAppError(thrown)) {
    io.complain(`novacron: ${errorLine(thrown)}`)
    return 1
  }
  const end = thrown as { code?: string; exitCode?: number; message?: string }
  if (end.code?.startsWith('commander.')) return end.exitCode === 0 ? 0 : 2
  io.complain(printable(`novacron: ${end.message ?? String(thrown)}`))
  return 1
}
