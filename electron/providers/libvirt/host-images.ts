import { posix } from 'node:path'
import { z } from 'zod'
import { type HostShell, runsNothing } from './host-shell.ts'
import { inTurn } from './in-turn.ts'
import { parsedJson } from './json-text.ts'

/** Of `qemu-img info --output=json`, what an image is read from besides itself. */
const infoSchema = z.object({
  filename: z.string(),
  format: z.string(),
  'backing-filename': z.string().optional(),
  'full-backing-filename': z.string().optional(),
  'format-specific': z.object({ data: z.object({ 'data-file': z.string().optional() }).optional() }).optional(),
})

export interface ImageHeader {
  /** Null: none of those that stand on another, such as a raw disk. */
  readonly format: string | null
  /** The files of the host right beneath it. */
  readonly bases: readonly string[]
}

/** Images of a host by their paths. */
export interface ImagesRead {
  readonly headers: ReadonlyMap<string, ImageHeader>
  /** Files and folders that are not there. */
  readonly missing: readonly string[]
  /** Files and folders that are there, or may be, and of which nobody can tell. */
  readonly unread: readonly string[]
  /** Those that were too many to be looked into. */
  readonly left: number
}

/** More than these are not looked into: nobody waits that long for an answer. */
const MAX_IMAGES = 5_000
/** A command line has an end, and so has a word on it (MAX_ARG_STRLEN is 128 KiB; over SSH all of it is one word). */
const CHUNK = 200
const CHUNK_LENGTH = 40_000
/** A device has neither a size nor times that tell of what is written to it. */
const DEVICE_SIZE = '0'
/** What was written this recently, by the host's own clock, may be written again within the same second. */
const SETTLED_S = 3

/** Whether nobody but the file's absence is why it is not seen: the nearest folder above that is seen can be looked through. */
const THERE = `gone() { d=$1; while d=\${d%/*}; [ -n "$d" ]; do [ -d "$d" ] && { [ -x "$d" ]; return; }; done; true; }`
/** A line for each file: device and inode, size, times, path. Folders end with a slash, and give a line for each file that is right in them. */
const LIST = [
  THERE,
  "form='%d:%i %s %Y %Z %n'",
  'date +%s',
  'for p; do',
  '  case $p in',
  '    */) if [ -d "$p" ]; then find -L "$p" -maxdepth 1 -type f -exec stat -L -c "$form" {} + 2>/dev/null || echo "! $p"; continue; fi ;;',
  '    *) stat -L -c "$form" "$p" 2>/dev/null && continue ;;',
  '  esac',
  '  if [ ! -e "$p" ] && gone "$p"; then echo "- $p"; else echo "! $p"; fi',
  'done',
  'true',
].join('\n')

const SEPARATOR = '\u001e'
/**
 * The header of each file that begins as images do which may stand on others; nothing beneath it is opened, as a guest may have written what
 * its disk begins with. `!`: it cannot be read.
 */
const READ = [
  'for f; do',
  '  if first=$(head -c 3 -- "$f" 2>/dev/null && echo .); then',
  '    case $first in',
  '      QFI.|QED.|KDM.|COW.|"# D.") qemu-img info -U --output=json -- "$f" 2>/dev/null || printf "!" ;;',
  '    esac',
  '  else printf "!"; fi',
  `  printf '\\036'`,
  'done',
].join('\n')

const LINE = /^(?<id>\d+:\d+) (?<stamp>(?<size>\d+) (?<modifiedS>\d+) (?<changedS>\d+)) (?<path>\/.*)$/
const REFUSED = /^(?<why>[!-]) (?<path>.*)$/

interface Listing {
  /** By path, what tells that a file is another one than before; null: it was just written. */
  readonly found: ReadonlyMap<string, string | null>
  readonly missing: readonly string[]
  readonly unread: readonly string[]
}

/** Reads images that libvirt's storage does not know: programs of the host are asked. What was read of a file that did not change is kept. */
export class HostImages {
  readonly #shell: HostShell | null
  #known = new Map<string, { readonly stamp: string; readonly header: ImageHeader }>()

  constructor(shell: HostShell | null) {
    this.#shell = shell
  }

  /** These files, and all that are right in these folders. */
  async read(files: Iterable<string>, folders: Iterable<string>, signal: AbortSignal): Promise<ImagesRead> {
    const wanted = [...new Set([...files, ...[...folders].map((folder) => `${folder.replace(/\/+$/, '')}/`)])]
    if (wanted.length === 0) return { headers: new Map(), missing: [], unread: [], left: 0 }
    const listing = await this.#list(wanted, signal)
    if (!listing) return { headers: new Map(), missing: [], unread: wanted, left: 0 }
    const paths = [...listing.found.keys()]
    const headers = new Map<string, ImageHeader>()
    const unread = [...listing.unread]
    const anew: string[] = []
    for (const path of paths.slice(0, MAX_IMAGES)) {
      const known = this.#known.get(path)
      if (known && known.stamp === listing.found.get(path)) headers.set(path, known.header)
      else anew.push(path)
    }
    for (const [path, header] of await this.#headers(anew, signal)) {
      if (header === null) unread.push(path)
      else headers.set(path, header)
    }
    for (const [path, header] of headers) {
      const stamp = listing.found.get(path) ?? null
      if (stamp === null) this.#known.delete(path)
      else this.#known.set(path, { stamp, header })
    }
    return { headers, missing: listing.missing, unread, left: Math.max(0, paths.length - MAX_IMAGES) }
  }

  /** Which of `known` each of these files is, under whatever name: by a link, or another mount of the same file system. */
  async sameFiles(paths: readonly string[], known: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const ids = await this.#identities([...new Set([...paths, ...known])], signal)
    const byId = new Map(known.flatMap((path) => (ids.has(path) ? [[ids.get(path) ?? '', path] as const] : [])))
    return new Map(
      paths.flatMap((path) => {
        const same = byId.get(ids.get(path) ?? '')
        return same === undefined ? [] : [[path, same] as const]
      }),
    )
  }

  async #identities(paths: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const ids = new Map<string, string>()
    for (const line of (await this.#lines(paths, signal)) ?? []) {
      const { id, path } = LINE.exec(line)?.groups ?? {}
      if (path !== undefined && id !== undefined) ids.set(path, id)
    }
    return ids
  }

  /** Null: the host runs no programs for us. */
  async #list(wanted: readonly string[], signal: AbortSignal): Promise<Listing | null> {
    const lines = await this.#lines(wanted, signal)
    if (!lines) return null
    const found = new Map<string, string | null>()
    const missing: string[] = []
    const unread: string[] = []
    let nowS = 0
    for (const line of lines) {
      const file = LINE.exec(line)?.groups
      const refused = REFUSED.exec(line)?.groups
      if (file) {
        const isSettled = file.size !== DEVICE_SIZE && nowS - Math.max(Number(file.modifiedS), Number(file.changedS)) > SETTLED_S
        found.set(file.path ?? '', isSettled ? `${file.id} ${file.stamp}` : null)
      } else if (refused) (refused.why === '-' ? missing : unread).push(refused.path ?? '')
      else if (/^\d+$/.test(line)) nowS = Number(line)
      // a name with a line break
      else unread.push(line)
    }
    return { found, missing, unread }
  }

  async #lines(paths: readonly string[], signal: AbortSignal): Promise<readonly string[] | null> {
    const lines: string[] = []
    for (const some of chunksOf(paths)) {
      const text = await this.#run(LIST, some, signal)
      if (text === null) return null
      lines.push(...text.split('\n').filter((line) => line !== ''))
    }
    return lines
  }

  /** Null: it cannot be told. */
  async #headers(paths: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, ImageHeader | null>> {
    const headers = new Map<string, ImageHeader | null>()
    await inTurn(chunksOf(paths), async (some) => {
      const texts = (await this.#run(READ, some, signal))?.split(SEPARATOR) ?? []
      for (const [index, path] of some.entries()) headers.set(path, headerOf(texts[index]))
    })
    return headers
  }

  /** Null: the host runs no programs for us, or this one did not come to its end. */
  async #run(script: string, paths: readonly string[], signal: AbortSignal): Promise<string | null> {
    if (!this.#shell) return null
    let text = ''
    try {
      const onOutput = (piece: string) => {
        text += piece
      }
      const { code } = await this.#shell.run(['sh', '-c', script, 'sh', ...paths], { signal, onOutput })
      return code === 0 ? text : null
    } catch (thrown) {
      if (runsNothing(thrown)) return null
      throw thrown
    }
  }
}

function chunksOf(paths: readonly string[]): readonly (readonly string[])[] {
  const chunks: string[][] = []
  let length = 0
  for (const path of paths) {
    const last = chunks.at(-1)
    if (last && last.length < CHUNK && length + path.length < CHUNK_LENGTH) last.push(path)
    else {
      chunks.push([path])
      length = 0
    }
    length += path.length
  }
  return chunks
}

function headerOf(text: string | undefined): ImageHeader | null {
  if (text === undefined) return null
  if (text === '') return { format: null, bases: [] }
  const info = infoSchema.safeParse(parsedJson(text))
  if (!info.success) return null
  const { filename, format, 'backing-filename': named, 'full-backing-filename': full } = info.data
  const data = info.data['format-specific']?.data?.['data-file']
  const bases = [full ?? named, data].flatMap((base) => (base === undefined ? [] : (fileOf(base, filename) ?? [])))
  return { format, bases }
}

/** Where it lies on the host; null: it is no file of it, such as an export of a server. */
export function fileOf(named: string, image: string): string | null {
  if (named.startsWith('json:')) return fileIn(parsedJson(named.slice(5)))
  const name = named.replace(/^file:(\/\/)?/, '')
  return /^[a-z][a-z0-9+.-]*:/i.test(name) ? null : posix.resolve(posix.dirname(image), name)
}

/** The file that a description in JSON names, however deep (`{"driver":"qcow2","file":{"driver":"file","filename":…}}`). */
function fileIn(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null
  for (const [key, part] of Object.entries(value)) {
    const isName = key === 'filename' || key.endsWith('.filename')
    const found = isName && typeof part === 'string' && part.startsWith('/') ? part : fileIn(part)
    if (found !== null) return found
  }
  return null
}
