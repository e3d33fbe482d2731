import { createHash } from 'node:crypto'
import { type Json, toAppError } from '../../../shared/errors/index.ts'
import type { AuditRecord, AuditVerdict } from '../../../shared/model/index.ts'
import type { Clock, Logger } from '../../providers/provider.ts'
import type { AuditStore } from '../../store/store.ts'
import { canonicalJson } from './canonical-json.ts'
import { inputSchemaOf, redact } from './redact.ts'

/** What the first record has in the place of its forerunner's hash. */
export const GENESIS = '0'.repeat(64)
const PAGE = 500
const RETRY_AFTER_MS = 5_000

export interface AuditEntry {
  readonly actor: string
  readonly origin: string
  /** Contract method, such as `machines.act`. */
  readonly method: string
  /** The parsed input as it came; secrets are taken out here by the method's schema. */
  readonly input: unknown
  readonly outcome: AuditRecord['outcome']
  readonly errorCode: string | null
}

/** SHA-256 over the canonical JSON of everything but the hash itself, in hexadecimal. */
export function sealOf(record: Omit<AuditRecord, 'hash'>): string {
  const { seq, atMs, actor, origin, method, input, outcome, errorCode, prevHash } = record
  const sealed = { seq, atMs, actor, origin, method, input: input as Json, outcome, errorCode, prevHash }
  return createHash('sha256').update(canonicalJson(sealed)).digest('hex')
}

/**
 * Who did what, each record sealing the one before. A record is sealed the moment it is made; when the disk does not take
 * it, it waits in memory in its place and is tried again: a later one never overtakes it.
 */
export class AuditChain {
  readonly #store: AuditStore
  readonly #clock: Clock
  readonly #log: Logger
  #head: { seq: number; hash: string } = { seq: 0, hash: GENESIS }
  #waiting: AuditRecord[] = []
  #writing: Promise<void> = Promise.resolve()
  #cancelRetry: (() => void) | null = null

  constructor(options: { readonly store: AuditStore; readonly clock: Clock; readonly log: Logger }) {
    this.#store = options.store
    this.#clock = options.clock
    this.#log = options.log
  }

  async start(): Promise<void> {
    const last = await this.#store.last()
    // After a salvage the head may be further than the last record: the gap stays visible to `verify`.
    const head = await this.#store.head()
    if (head && head.seq >= (last?.seq ?? 0)) this.#head = { seq: head.seq, hash: head.hash }
    else if (last) this.#head = { seq: last.seq, hash: last.hash }
  }

  async stop(): Promise<void> {
    this.#cancelRetry?.()
    await this.#flush()
  }

  /** Resolves when the record is on the disk, or known to wait in memory because the disk takes none. Never throws. */
  async record(entry: AuditEntry): Promise<AuditRecord> {
    const open = {
      seq: this.#head.seq + 1,
      atMs: this.#clock.nowMs(),
      actor: entry.actor,
      origin: entry.origin,
      method: entry.method,
      input: redact(inputSchemaOf(entry.method), entry.input) as AuditRecord['input'],
      outcome: entry.outcome,
      errorCode: entry.errorCode,
      prevHash: this.#head.hash,
    }
    const record: AuditRecord = { ...open, hash: sealOf(open) }
    this.#head = { seq: record.seq, hash: record.hash }
    this.#waiting.push(record)
    await this.#flush()
    return record
  }

  async list(page: {
    readonly beforeSeq?: number
    readonly limit: number
  }): Promise<{ items: AuditRecord[]; nextBeforeSeq: number | null }> {
    const waiting = this.#waiting.filter((record) => page.beforeSeq === undefined || record.seq < page.beforeSeq).toReversed()
    const items = [...waiting, ...(await this.#store.list(page))].slice(0, page.limit)
    const unique = items.filter((record, index) => items.findIndex((other) => other.seq === record.seq) === index)
    return { items: unique, nextBeforeSeq: items.length === page.limit ? (items.at(-1)?.seq ?? null) : null }
  }

  /** Walks the chain from the first record. Records that still wait in memory are not part of it. */
  async verify(): Promise<AuditVerdict> {
    await this.#flush()
    let previous: { seq: number; hash: string } = { seq: 0, hash: GENESIS }
    let records = 0
    let head: { readonly seq: number; readonly hash: string } | null = null
    for (;;) {
      const page = await this.#store.walk(previous.seq, PAGE)
      for (const record of page) {
        const reason = flawOf(record, previous)
        if (reason) return { ok: false, records, brokenAtSeq: record.seq, reason }
        previous = record
        records += 1
      }
      if (page.length === PAGE) continue
      // a record may have come between this page and the head: only one that another walk does not bring is missing
      const looked = head
      head = await this.#store.head()
      if (head === null || head.seq <= previous.seq || head.seq === looked?.seq) break
    }
    if (head && (head.seq !== previous.seq || head.hash !== previous.hash)) {
      return {
        ok: false,
        records,
        brokenAtSeq: previous.seq + 1,
        reason: `The chain ends at record ${previous.seq}, but ${head.seq} had been written: the newest records are missing.`,
      }
    }
    return { ok: true, records, brokenAtSeq: null, reason: null }
  }

  /** One write after the other: what waits at the time of the call is written, or known to be refused, when it resolves. */
  #flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, PAGE)
      try {
        await this.#store.append(batch)
      } catch (thrown) {
        this.#log.error('audit records could not be written and wait in memory', {
          waiting: this.#waiting.length,
          code: toAppError(thrown).code,
        })
        this.#cancelRetry?.()
        this.#cancelRetry = this.#clock.after(RETRY_AFTER_MS, () => void this.#flush())
        return
      }
      this.#waiting.splice(0, batch.length)
    }
  }
}

function flawOf(record: AuditRecord, previous: { readonly seq: number; readonly hash: string }): string | null {
  if (record.seq !== previous.seq + 1) {
    return `Record ${previous.seq + 1} is missing: ${record.seq} follows ${previous.seq}.`
  }
  if (record.prevHash !== previous.hash) return `Record ${record.seq} does not seal the one before it.`
  if (record.hash !== sealOf(record)) return `Record ${record.seq} was changed after it was sealed.`
  return null
}
