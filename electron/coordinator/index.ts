import { Command, InvalidArgumentError, Option } from 'commander'
import { isAppError } from '../../shared/errors/index.ts'
import { defaultDataDirectory } from '../host/data-directory.ts'
import { serveAgent, serveLocal } from './serve-local.ts'

const program = new Command('novacron-server').description('The headless face of NovaCron.').showHelpAfterError()

program
  .command('serve')
  .description('Serve the console to a browser on this computer')
  .requiredOption('--local', 'single user, 127.0.0.1 only, with a one-time login link')
  .option('--port <number>', 'port to listen on; 0 takes any free one', parsePort, 4170)
  .option('--data <folder>', 'where the console keeps its data', defaultDataDirectory())
  .addOption(new Option('--demo [fleet]', 'open the demo fleet at once').choices(['all', 'hosts']).preset('all'))
  .action((options: { port: number; data: string; demo?: 'all' | 'hosts' }) =>
    run(() => serveLocal({ port: options.port, dataDirectory: options.data, demo: options.demo ?? null, print })),
  )

program
  .command('agent')
  .description('Run the engine for the command line only, until its standard input closes')
  .option('--data <folder>', 'where the console keeps its data', defaultDataDirectory())
  .action((options: { data: string }) => run(() => serveAgent({ dataDirectory: options.data, print })))

await program.parseAsync()

function parsePort(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('a port is a whole number from 0 to 65535')
  return port
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function run(start: () => Promise<{ stop(): Promise<void> }>): Promise<void> {
  try {
    const running = await start()
    let stopping = false
    const stop = (): void => {
      if (stopping) process.exit(1) // asked twice: at once
      stopping = true
      running.stop().then(
        () => process.exit(0),
        () => process.exit(1),
      )
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
    if (process.argv[2] === 'agent') process.stdin.on('end', stop).resume()
  } catch (thrown) {
    process.stderr.write(
      isAppError(thrown)
        ? `novacron: ${thrown.message}\n`
        : `novacron: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`,
    )
    process.exitCode = 1
  }
}
