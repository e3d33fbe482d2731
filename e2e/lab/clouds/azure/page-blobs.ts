import { createHash, randomBytes, randomUUID } from 'node:crypto'

export const PAGE_BYTES = 512
/** A fixed VHD ends with one. */
export const FOOTER_BYTES = 512

export interface PageRange {
  readonly start: number
  /** The last byte of it. */
  readonly end: number
}

/** What a page blob holds: only pages that were written. */
export class Pages {
  readonly sizeBytes: number
  readonly #written: Map<number, Buffer>
  #etag = 1

  constructor(sizeBytes: number, written: ReadonlyMap<number, Buffer> = new Map()) {
    this.sizeBytes = sizeBytes
    this.#written = new Map(written)
  }

  get etag(): string {
    return `"0x8D${this.#etag.toString(16).toUpperCase().padStart(12, '0')}"`
  }

  write(offset: number, bytes: Buffer): void {
    this.#etag += 1
    for (let at = 0; at < bytes.length; at += PAGE_BYTES) {
      this.#written.set((offset + at) / PAGE_BYTES, bytes.subarray(at, at + PAGE_BYTES))
    }
  }

  clear(offset: number, length: number): void {
    this.#etag += 1
    for (let at = offset; at < offset + length; at += PAGE_BYTES) this.#written.delete(at / PAGE_BYTES)
  }

  read(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(length)
    for (let page = Math.floor(offset / PAGE_BYTES); page * PAGE_BYTES < offset + length; page++) {
      const written = this.#written.get(page)
      if (written === undefined) continue
      const from = Math.max(0, offset - page * PAGE_BYTES)
      written.copy(bytes, page * PAGE_BYTES + from - offset, from)
    }
    return bytes
  }

  /** Those written in a part of it, neighbours as one. */
  ranges({ start, end }: PageRange): PageRange[] {
    const found: Array<{ start: number; end: number }> = []
    const pages = [...this.#written.keys()].filter((page) => page * PAGE_BYTES >= start && page * PAGE_BYTES <= end)
    for (const page of pages.toSorted((a, b) => a - b)) {
      const last = found.at(-1)
      if (last?.end === page * PAGE_BYTES - 1) last.end += PAGE_BYTES
      else found.push({ start: page * PAGE_BYTES, end: (page + 1) * PAGE_BYTES - 1 })
    }
    return found
  }

  copy(): Pages {
    return new Pages(this.sizeBytes, this.#written)
  }
}

export type Access = 'Read' | 'Write'

interface Link {
  /** Id of the disk or snapshot in lower case. */
  readonly of: string
  readonly access: Access
  readonly signature: string
  untilMs: number
}

/** The bytes of disks and snapshots, each a VHD in a page blob, and the signed links that are out to them. */
export class PageBlobs {
  /** Of the server they are reached at; it is not Resource Manager's. */
  origin = ''
  /** Links that were given out, for a test to look for where they must not be. */
  readonly given: string[] = []
  readonly #pages = new Map<string, Pages>()
  readonly #links = new Map<string, Link>()

  /** Of a disk or snapshot whose size without the footer is this. Nothing was written to one that is looked at for the first time. */
  of(id: string, sizeBytes: number): Pages {
    const known = this.#pages.get(id.toLowerCase())
    if (known !== undefined) return known
    const pages = new Pages(sizeBytes + FOOTER_BYTES)
    pages.write(sizeBytes, footer(sizeBytes))
    this.#pages.set(id.toLowerCase(), pages)
    return pages
  }

  /** One that waits for an upload, its footer included. */
  expect(id: string, uploadBytes: number): void {
    this.#pages.set(id.toLowerCase(), new Pages(uploadBytes))
  }

  freeze(id: string, pages: Pages): void {
    this.#pages.set(id.toLowerCase(), pages.copy())
  }

  forget(id: string): void {
    this.#pages.delete(id.toLowerCase())
    this.revoke(id)
  }

  grant(id: string, access: Access, seconds: number): string {
    const path = `/${randomBytes(6).toString('hex')}/abcd`
    const signature = randomBytes(32).toString('base64')
    this.#links.set(path, { of: id.toLowerCase(), access, signature, untilMs: Date.now() + seconds * 1_000 })
    const link = `${this.origin}${path}?sv=2018-03-28&sr=b&si=${randomUUID()}&sig=${encodeURIComponent(signature)}`
    this.given.push(link)
    return link
  }

  revoke(id: string): void {
    for (const [path, link] of this.#links) if (link.of === id.toLowerCase()) this.#links.delete(path)
  }

  /** A link is out that has not been taken back, be it expired or not. */
  isOpen(id: string): boolean {
    return [...this.#links.values()].some((link) => link.of === id.toLowerCase())
  }

  /** Every link that is out is good no longer. */
  expire(): void {
    for (const link of this.#links.values()) link.untilMs = 0
  }

  /** What a link opens; null: nothing, as it is unknown, expired, taken back or signed by nobody. */
  open(url: URL): { readonly pages: Pages; readonly access: Access } | null {
    const link = this.#links.get(url.pathname)
    if (link === undefined || link.signature !== url.searchParams.get('sig') || link.untilMs <= Date.now()) return null
    const pages = this.#pages.get(link.of)
    return pages === undefined ? null : { pages, access: link.access }
  }
}

/** Of a fixed VHD, as "Virtual Hard Disk Image Format Specification" has it: what is checked of it below, and nothing else. */
function footer(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(FOOTER_BYTES)
  bytes.write('conectix')
  bytes.writeUInt32BE(0x0001_0000, 12)
  bytes.writeBigUInt64BE(BigInt(sizeBytes), 48)
  bytes.writeUInt32BE(2, 60)
  bytes.writeUInt32BE(checksum(bytes), 64)
  return bytes
}

/** Why Azure would not take it for a disk, in its words; null: it would. */
export function whyNoVhd(pages: Pages, name: string): string | null {
  const sizeBytes = pages.sizeBytes - FOOTER_BYTES
  const bytes = pages.read(sizeBytes, FOOTER_BYTES)
  const not = `disk '${name}' is not a supported VHD.`
  if (bytes.toString('latin1', 0, 8) !== 'conectix')
    return `The specified cookie value in VHD footer indicates that ${not} Disk is expected to have cookie value 'conectix'.`
  if (bytes.readUInt32BE(60) !== 2) return `The disk type in VHD footer indicates that ${not} Disk is expected to be of type Fixed.`
  if (bytes.readBigUInt64BE(48) !== BigInt(sizeBytes)) return `The size in VHD footer indicates that ${not}`
  if (bytes.readUInt32BE(64) !== checksum(bytes)) return `The checksum in VHD footer indicates that ${not}`
  return null
}

function checksum(footerBytes: Buffer): number {
  let sum = 0
  for (const [at, byte] of footerBytes.entries()) if (at < 64 || at >= 68) sum += byte
  return ~sum >>> 0
}

export function md5Of(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('base64')
}
