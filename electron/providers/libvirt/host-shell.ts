import { spawn } from 'node:child_process'
import type { Duplex } from 'node:stream'
import { isTransportError, type SshSession } from '../../libvirt/transport/index.ts'
import { toProblem } from './problems.ts'

export interface ProgramOptions {
  /** Ends the program, on the host as well. */
  readonly signal: AbortSignal
  /** What it prints, as it comes. */
  readonly onOutput?: (text: string) => void
  /** A file to be deleted when the program is ended before its time, be it by the signal or because the way to the host broke. */
  readonly draft?: string
}

export interface ProgramResult {
  /** Null: a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  /** Its last words. */
  readonly stderr: string
}

/** Runs programs on a host: words go to the program as they are, no shell reads them. */
export interface HostShell {
  /** A non-zero exit is a result, not an error. Throws AppError. */
  run(argv: readonly string[], options: ProgramOptions): Promise<ProgramResult>
}

const KEPT_OUTPUT = 262_144

/**
 * Runs the program for as long as somebody holds its input: sshd tells a program nothing of a channel that is closed, nor of a connection
 * that is lost. `$1`: the draft, which is of no use when a signal has ended the program.
 */
const HELD = [
  'draft=$1; shift; LC_ALL=C; export LC_ALL; exec 3<&0;',
  '"$@" </dev/null 3<&- & program=$!;',
  '{ cat <&3; kill -TERM $program; } >/dev/null 2>&1 & watcher=$!;',
  'wait $program; code=$?; kill $watcher 2>/dev/null;',
  'if [ $code -ge 128 ] && [ -n "$draft" ]; then rm -f -- "$draft"; fi;',
  'exit $code',
].join(' ')

/** Over the host's own SSH session. */
export function sshShell(session: SshSession): HostShell {
  return {
    run: async (argv, options) => {
      const command = ['sh', '-c', HELD, 'sh', options.draft ?? '', ...argv].map(quoted).join(' ')
      try {
        const channel = await session.execDuplex(command, { signal: options.signal })
        const stdout = await outputOf(channel, options)
        return { code: channel.exit?.code ?? null, stdout, stderr: channel.stderrTail }
      } catch (thrown) {
        throw toProblem(thrown)
      }
    },
  }
}

/** A word for any shell that a user may have: nothing in it is expanded. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** On this computer, whose libvirt is reached over its own socket. */
export const localShell: HostShell = {
  run: async (argv, options) => {
    options.signal.throwIfAborted()
    const child = spawn('sh', ['-c', HELD, 'sh', options.draft ?? '', ...argv], { stdio: ['pipe', 'pipe', 'pipe'] })
    const errors: Buffer[] = []
    child.stderr.on('data', (bytes: Buffer) => errors.push(bytes))
    child.stdin.on('error', () => {})
    const hangUp = () => child.stdin.destroy()
    options.signal.addEventListener('abort', hangUp, { once: true })
    try {
      const [stdout, code] = await Promise.all([
        collected(child.stdout, options),
        new Promise<number | null>((resolve, reject) => {
          child.once('error', reject)
          child.once('close', resolve)
        }),
      ])
      options.signal.throwIfAborted()
      return { code, stdout, stderr: Buffer.concat(errors).toString().slice(-4_096) }
    } catch (thrown) {
      throw toProblem(thrown)
    } finally {
      options.signal.removeEventListener('abort', hangUp)
    }
  },
}

/** Whether the host runs no programs at all for this user. */
export function runsNothing(thrown: unknown): boolean {
  const cause = thrown instanceof Error ? thrown.cause : undefined
  return isTransportError(cause) && (cause.code === 'ssh.exec-forbidden' || cause.code === 'ssh.channel-refused')
}

async function outputOf(channel: Duplex, options: ProgramOptions): Promise<string> {
  const aborted = new Promise<never>((_, reject) => {
    const hangUp = () => {
      channel.destroy()
      reject(toProblem(options.signal.reason))
    }
    if (options.signal.aborted) hangUp()
    else options.signal.addEventListener('abort', hangUp, { once: true })
    channel.once('close', () => options.signal.removeEventListener('abort', hangUp))
  })
  aborted.catch(() => {})
  return await Promise.race([aborted, collected(channel, options)])
}

async function collected(stream: AsyncIterable<Buffer>, { onOutput }: ProgramOptions): Promise<string> {
  let text = ''
  // a letter may be cut in two
  const decoder = new TextDecoder()
  for await (const bytes of stream) {
    const piece = decoder.decode(bytes, { stream: true })
    onOutput?.(piece)
    text = `${text}${piece}`.slice(-KEPT_OUTPUT)
  }
  return text
}
