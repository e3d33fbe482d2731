import { AppError, isAppError } from '../../../shared/errors/index.ts'
import {
  type ConsoleLoginMessage,
  type HostKeyInfo,
  hostKeyInfoSchema,
  type LoginPrompt,
  type TerminalSize,
} from '../../../shared/model/index.ts'
import type { Client } from '../../api/client.ts'
import { printable } from '../output.ts'
import type { Io } from './act.ts'
import type { Terminal } from './terminal.ts'

export interface SshOptions {
  readonly user: string
  readonly port: number
  readonly address: string | undefined
  readonly key: string | undefined
  readonly acceptHostKey: string | undefined
}

type LogIn = Parameters<Client['consoles']['logIn']>[0]

/**
 * The token of a shell inside a machine. What the machine asks is asked at the terminal, hidden where it should be. Throws AppError,
 * `cli.host-key` for a key that was not accepted by its fingerprint.
 */
export async function logIn(
  client: Client,
  machineId: LogIn['machineId'],
  options: SshOptions,
  size: TerminalSize,
  io: Io,
  terminal: Terminal,
): Promise<string> {
  const { user, port, address, key } = options
  const input: LogIn = {
    machineId,
    user,
    port,
    size,
    prompts: io.interactive,
    ...(address !== undefined && { address }),
    ...(key !== undefined && { method: 'key', keyFile: key }),
  }
  try {
    return await attempt(client, input, io, terminal)
  } catch (thrown) {
    const shown = keyInQuestion(thrown)
    if (!shown) throw thrown
    const { host, port: keyPort, keyType, fingerprint, status } = shown
    if (options.acceptHostKey !== fingerprint) throw notAccepted(shown, thrown)
    const acceptHostKey = { host, port: keyPort, keyType, fingerprint, replace: status === 'changed' }
    return await attempt(client, { ...input, acceptHostKey }, io, terminal)
  }
}

async function attempt(client: Client, input: LogIn, io: Io, terminal: Terminal): Promise<string> {
  const messages: AsyncIterable<ConsoleLoginMessage> = await client.consoles.logIn(input)
  for await (const message of messages) {
    if (message.type === 'opened') return message.token
    if (message.prompt) await answer(client, message.prompt, io, terminal)
  }
  throw new AppError({ kind: 'cancelled', code: 'cancelled', message: 'Cancelled.' })
}

async function answer(client: Client, prompt: LoginPrompt, io: Io, terminal: Terminal): Promise<void> {
  const who = prompt.keyPath ?? `${prompt.user}@${prompt.host}`
  if (prompt.refusedBefore) io.complain('That was not accepted. Try again.')
  for (const text of [prompt.name, prompt.instructions]) if (text !== '') io.complain(printable(text))
  const answers: string[] = []
  for (const { text, echo } of prompt.prompts) {
    const line = await readLine(`${printable(who)}: ${printable(text.trim().replace(/:$/, ''))}: `, echo, terminal)
    if (line === null) {
      await client.consoles.answerPrompt({ promptId: prompt.id, answers: null })
      return
    }
    answers.push(line)
  }
  await client.consoles.answerPrompt({ promptId: prompt.id, answers })
}

const [CTRL_C, CTRL_D, BACKSPACE, DELETE] = ['\u0003', '\u0004', '\b', '\u007f']
const ENDS: ReadonlySet<string> = new Set(['\r', '\n', CTRL_C, CTRL_D])

/** A line of the terminal, shown or not; null: Ctrl and C, or the end of the input. */
export function readLine(question: string, echo: boolean, { input, output }: Terminal): Promise<string | null> {
  return new Promise((resolve) => {
    let line = ''
    const decoder = new TextDecoder()
    const settle = (answered: string | null): void => {
      input.off('data', take)
      input.off('end', gone)
      input.setRawMode?.(false)
      input.pause()
      output.write('\n')
      resolve(answered)
    }
    const gone = (): void => settle(null)
    const take = (bytes: Buffer): void => {
      for (const character of decoder.decode(bytes, { stream: true })) {
        if (ENDS.has(character)) {
          settle(character === CTRL_C || character === CTRL_D ? null : line)
          return
        }
        if (character === BACKSPACE || character === DELETE) {
          if (echo && line !== '') output.write('\b \b')
          line = Array.from(line).slice(0, -1).join('')
        } else if (character >= ' ') {
          line += character
          if (echo) output.write(character)
        }
      }
    }
    output.write(question)
    input.setRawMode?.(true)
    input.on('data', take)
    input.on('end', gone)
    input.resume()
  })
}

function keyInQuestion(thrown: unknown): HostKeyInfo | null {
  const parsed = hostKeyInfoSchema.safeParse(isAppError(thrown) ? thrown.details.key : null)
  return parsed.success ? parsed.data : null
}

function notAccepted({ keyType, fingerprint, status }: HostKeyInfo, cause: unknown): AppError {
  const what =
    status === 'changed'
      ? `The machine shows another key than before: ${keyType} ${fingerprint}. Either it was set up anew, or somebody else answers at its address.`
      : `The machine shows the ${keyType} key ${fingerprint}, seen for the first time.`
  return new AppError({
    kind: status === 'changed' ? 'conflict' : 'precondition',
    code: 'cli.host-key',
    message: `${what} Compare it with "ssh-keygen -lf" inside the machine, then add --accept-host-key ${fingerprint}`,
    cause,
  })
}
