import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, realpath, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { nodeErrorCode, TransportError } from '../transport-error.ts'
import {
  checkHostKey,
  entriesFor,
  formatKnownHost,
  type HostKeyCheck,
  type KnownHostEntry,
  knownKeyTypes,
  parseKnownHosts,
} from './known-hosts.ts'

export interface KnownHostsFiles {
  /** The one file that this program writes: additions and re-pins go here, and here only. */
  readonly ownFile: string
  /** Files that are only read. Default: the user's `~/.ssh/known_hosts` (and `known_hosts2`) and the system's. */
  readonly readOnlyFiles?: readonly string[]
}

const SYSTEM_FILES: readonly string[] = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']

/** The files OpenSSH reads by default. */
export function defaultKnownHostsFiles(home = homedir()): string[] {
  return [join(home, '.ssh/known_hosts'), join(home, '.ssh/known_hosts2'), ...SYSTEM_FILES]
}

/** What a session needs to know about host keys. */
export interface HostKeyRegistry {
  /** `userFiles`: the user's known-hosts files for this host, instead of the usual ones. */
  check(host: string, port: number, key: Buffer, userFiles?: readonly string[]): Promise<HostKeyCheck>
  knownKeyTypes(host: string, port: number, userFiles?: readonly string[]): Promise<string[]>
  /** Writes an accepted key down. Throws `ssh.known-hosts-unwritable`. */
  add(host: string, port: number, key: Buffer): Promise<void>
  /** Replaces what our own file holds for the host by this key. Throws `ssh.known-hosts-unwritable`. */
  repin(host: string, port: number, key: Buffer): Promise<void>
}

/**
 * The known hosts: our own file before the user's and the system's. A host that our own file pins is judged by our own file alone
 * (revocations of all files count always), so that a re-pin takes effect although `~/.ssh/known_hosts` is never touched.
 */
export class KnownHostsStore implements HostKeyRegistry {
  readonly ownFile: string
  readonly #readOnlyFiles: readonly string[]
  #writing: Promise<void> = Promise.resolve()

  constructor(files: KnownHostsFiles) {
    this.ownFile = files.ownFile
    this.#readOnlyFiles = files.readOnlyFiles ?? defaultKnownHostsFiles()
  }

  async check(host: string, port: number, key: Buffer, userFiles?: readonly string[]): Promise<HostKeyCheck> {
    return checkHostKey(await this.#entriesThatCount(host, port, userFiles), host, port, key)
  }

  async knownKeyTypes(host: string, port: number, userFiles?: readonly string[]): Promise<string[]> {
    return knownKeyTypes(await this.#entriesThatCount(host, port, userFiles), host, port)
  }

  add(host: string, port: number, key: Buffer): Promise<void> {
    return this.#update((text) => {
      const { entries } = parseKnownHosts(text, this.ownFile)
      const known = checkHostKey(entries, host, port, key)
      if (known.status === 'match') return text
      return `${text === '' || text.endsWith('\n') ? text : `${text}\n`}${formatKnownHost(host, port, key)}\n`
    })
  }

  repin(host: string, port: number, key: Buffer): Promise<void> {
    return this.#update((text) => {
      const { entries } = parseKnownHosts(text, this.ownFile)
      const old = entriesFor(entries, host, port).filter((entry) => entry.marker === 'none')
      const kept = withoutHost(text, old, host, port)
      return `${kept === '' || kept.endsWith('\n') ? kept : `${kept}\n`}${formatKnownHost(host, port, key)}\n`
    })
  }

  /** Entries of all files; the read-only ones yield to our own file for a host that it pins. */
  async #entriesThatCount(host: string, port: number, userFiles: readonly string[] | undefined): Promise<KnownHostEntry[]> {
    const own = parseKnownHosts(await readOrEmpty(this.ownFile), this.ownFile).entries
    const others = await Promise.all(
      this.#filesFor(userFiles)
        .filter((file) => file !== this.ownFile)
        .map(async (file) => parseKnownHosts(await readOrEmpty(file), file).entries),
    )
    const pinnedByUs = entriesFor(own, host, port).some((entry) => entry.marker === 'none')
    return [...own, ...others.flat().filter((entry) => !pinnedByUs || entry.marker === 'revoked')]
  }

  /** The system's files count whatever the user names. */
  #filesFor(userFiles: readonly string[] | undefined): readonly string[] {
    if (userFiles === undefined) return this.#readOnlyFiles
    return [...userFiles, ...this.#readOnlyFiles.filter((file) => SYSTEM_FILES.includes(file))]
  }

  /** One change after another, each an atomic replacement of the file. */
  #update(change: (text: string) => string): Promise<void> {
    const before = this.#writing
    const run = (async () => {
      await before
      try {
        const old = await readOrEmpty(this.ownFile)
        const text = change(old)
        if (text !== old) await replaceFile(this.ownFile, text)
      } catch (error) {
        const details = { file: this.ownFile, reason: nodeErrorCode(error) }
        throw new TransportError('ssh.known-hosts-unwritable', `Cannot write ${this.ownFile}`, { details, cause: error })
      }
    })()
    this.#writing = run.catch(() => undefined)
    return run
  }
}

/** Drops the host from the lines of `old`: a line that names other hosts too keeps those. */
function withoutHost(text: string, old: readonly KnownHostEntry[], host: string, port: number): string {
  const byLine = new Map(old.map((entry) => [entry.line, entry]))
  const name = port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`
  const lines: string[] = []
  text.split(/(?<=\n)/).forEach((line, index) => {
    const entry = byLine.get(index + 1)
    if (entry === undefined) {
      lines.push(line)
      return
    }
    const others = entry.patterns.filter((pattern) => pattern !== name)
    if (entry.hashed || others.length === 0) return
    // A wildcard still covers the host: exclude it there, so that the new line alone speaks of it.
    const kept = others.some((pattern) => /[*?]/.test(pattern)) ? [...others, `!${name}`] : others
    lines.push(`${kept.join(',')} ${entry.keyType} ${entry.key.toString('base64')}\n`)
  })
  return lines.join('')
}

async function readOrEmpty(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = nodeErrorCode(error)
    // A missing or unreadable file knows no host: that is the strict side to err on.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES' || code === 'EPERM' || code === 'EISDIR') return ''
    throw error
  }
}

async function replaceFile(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const target = await realpath(file).catch(() => file)
  const temporary = `${target}.${randomUUID()}.tmp`
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
