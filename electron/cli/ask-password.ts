import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { AppError } from '../../shared/errors/index.ts'
import type { Io } from './commands/act.ts'

/** Asks for a new password, twice and unseen. Throws `precondition` cli.no-terminal, `invalid-input` cli.passwords-differ. */
export async function askPassword(
  what: string,
  io: Pick<Io, 'interactive' | 'complain'>,
  input: NodeJS.ReadableStream = process.stdin,
): Promise<string> {
  if (!io.interactive) {
    throw new AppError({
      kind: 'precondition',
      code: 'cli.no-terminal',
      message: 'A password is asked for at a terminal, and this is none. Use --key, or write it into a file for --spec.',
    })
  }
  // takes what the terminal would echo
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input, output: nowhere, terminal: true })
  const ask = async (text: string): Promise<string> => {
    io.complain(text)
    return await terminal.question('')
  }
  try {
    const password = await ask(`${what}: `)
    if (password !== '' && (await ask('Once more: ')) === password) return password
  } finally {
    terminal.close()
  }
  throw new AppError({ kind: 'invalid-input', code: 'cli.passwords-differ', message: 'It was empty, or not the same twice.' })
}
