import { AppError } from '../../../../shared/errors/index.ts'
import type { Clock } from '../../provider.ts'
import type { MigrationContext } from './migration-context.ts'

/** QEMU's own ports for what comes in: libvirt's default of `migration_port_min` and `migration_port_max`. */
export const MIGRATION_PORTS = { first: 49_152, last: 49_215 } as const

/**
 * A server of NBD answers each write, and its kernel may hold an answer back for 40 ms: with 4 MiB on the way the best link gives no more than
 * 100 MB/s, with 64 MiB it shows what it can.
 */
const BLOCK_BYTES = 4_194_304
const AT_ONCE = 16
const FIRST_BLOCKS = 8
const MOST_BLOCKS = 512
/** A measurement is to take about so long. */
const WANTED_S = 1
const TRIES = 20
const TRY_AGAIN_MS = 100
/** What ends before has not come up. */
const EARLY_END_MS = 200

/**
 * Swallows what another host sends: a disk of QEMU that keeps nothing, served by its own NBD server at a port of those that migrations use, so
 * that a firewall in between shows as well. Ends with `close`, and when the way to the host breaks.
 */
export async function listenOn({ shell, clock, work }: MigrationContext): Promise<{ readonly port: number; close(): Promise<void> }> {
  if (!shell) throw noShell()
  const { first, last } = MIGRATION_PORTS
  const port = last - Math.floor(clock.random() * (last - first) * 0.5)
  const stop = new AbortController()
  const disk = JSON.stringify({ driver: 'null-co', size: MOST_BLOCKS * BLOCK_BYTES })
  const argv = ['qemu-nbd', '--persistent', '--shared=1', `--port=${port}`, `json:${disk}`]
  // held for longer than the call that asked for it: what ends it is `close` or the link
  const serving = shell.run(argv, { signal: stop.signal }).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error
    return null
  })
  const ended = await Promise.race([serving, pause(clock, EARLY_END_MS)])
  if (ended) throw cannotListen(port, ended.stderr.trim())
  work.signal.throwIfAborted()
  return {
    port,
    async close() {
      stop.abort(new AppError({ kind: 'cancelled', code: 'cancelled', message: 'Measured.' }))
      await serving.catch(() => undefined)
    },
  }
}

/** Bytes a second from here to what listens there. Throws `unreachable` migration.no-way, `unsupported` migration.no-shell. */
export async function sendFrom({ shell, clock, work }: MigrationContext, address: string, port: number): Promise<number> {
  if (!shell) throw noShell()
  const to = `nbd://${address.includes(':') ? `[${address}]` : address}:${port}`
  let blocks = FIRST_BLOCKS
  let said = ''
  for (let tries = 0; tries < TRIES; tries += 1) {
    work.signal.throwIfAborted()
    const sizes = ['-d', String(AT_ONCE), '-s', String(BLOCK_BYTES), '-c', String(blocks)]
    const argv = ['qemu-img', 'bench', '-w', '-f', 'raw', '-t', 'none', ...sizes, to]
    const { code, stdout, stderr } = await shell.run(argv, { signal: work.signal })
    const seconds = Number(/completed in ([\d.]+) seconds/.exec(stdout)?.[1])
    if (code === 0 && seconds > 0) {
      if (seconds >= WANTED_S / 4 || blocks >= MOST_BLOCKS) return Math.round((blocks * BLOCK_BYTES) / seconds)
      blocks = Math.min(MOST_BLOCKS, Math.ceil((blocks * WANTED_S) / seconds))
      continue
    }
    said = stderr.trim()
    // its server may not be there yet
    if (!said.includes('refused')) break
    await pause(clock, TRY_AGAIN_MS)
  }
  throw new AppError({
    kind: 'unreachable',
    code: 'migration.no-way',
    message: `Nothing from the source gets to ${address}, port ${port}: ${said === '' ? 'no answer' : said}`,
    details: { address, port: String(port), said },
  })
}

function noShell(): AppError {
  return new AppError({
    kind: 'unsupported',
    code: 'migration.no-shell',
    message: 'This way to the host runs no programs there, so nothing can be measured.',
  })
}

function pause(clock: Clock, ms: number): Promise<null> {
  return new Promise((resolve) => {
    clock.after(ms, () => resolve(null))
  })
}

function cannotListen(port: number, said: string): AppError {
  return new AppError({
    kind: 'remote-failure',
    code: 'migration.cannot-listen',
    message: `The target cannot listen at port ${port}: ${said}`,
    details: { port: String(port), said },
  })
}
