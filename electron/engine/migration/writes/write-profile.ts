/** Half an hour: as fine as a backup by the clock. Numbered from the epoch, so that no time zone is in what is kept. */
export const SLOT_MS = 30 * 60_000
/** Older habits are none any more. */
export const KEPT_DAYS = 14
const SLOTS = (KEPT_DAYS * 24 * 3_600_000) / SLOT_MS
/** A slot that was looked at for less tells nothing. */
const LEAST_MS = 10 * 60_000
/** Samples that are farther apart leave a gap. */
const FARTHEST_MS = 2 * 60_000
/** A rate as one byte: eight steps for each doubling from 1 KiB on, so within 5 per cent. 0: not known. */
const STEPS = 8
const FLOOR_BYTES = 1_024
const DIRTY_KEPT = 32

/** A measurement of what the guest writes to its memory. */
export interface DirtySample {
  readonly slot: number
  readonly bytesPerS: number
}

/** As it is kept. */
export interface ProfileBody {
  /** The newest slot that is over; the others are those before it. */
  readonly newest: number
  /** One byte a slot, oldest first, in Base64. */
  readonly rates: string
  readonly dirty: readonly DirtySample[]
}

/** What a machine wrote to its disks in each half-hour of the last 14 days: a ring of 672 bytes. */
export class WriteProfile {
  readonly #codes = new Uint8Array(SLOTS)
  readonly #dirty: DirtySample[] = []
  /** The slot that is being filled; -1: none yet. */
  #slot = -1
  #lastMs = 0
  #ms = 0
  #bytes = 0
  /** Something is not on the disk yet. */
  isChanged = false

  static from({ newest, rates, dirty }: ProfileBody): WriteProfile {
    const profile = new WriteProfile()
    const codes = Buffer.from(rates, 'base64')
    profile.#slot = newest + 1
    codes.subarray(-SLOTS).forEach((code, at, all) => {
      const slot = newest - (all.length - 1 - at)
      if (slot > newest + 1 - SLOTS) profile.#codes[slot % SLOTS] = code
    })
    profile.#dirty.push(...dirty.slice(-DIRTY_KEPT))
    return profile
  }

  body(): ProfileBody {
    const codes = Buffer.alloc(SLOTS - 1)
    const newest = this.#slot - 1
    for (let at = 0; at < codes.length; at += 1) {
      const slot = newest - (codes.length - 1 - at)
      codes[at] = slot < 0 ? 0 : (this.#codes[slot % SLOTS] ?? 0)
    }
    return { newest, rates: codes.toString('base64'), dirty: [...this.#dirty] }
  }

  /** The newest slot that is over. */
  get newest(): number {
    return this.#slot - 1
  }

  /** A sample: what was written since the one before. */
  add(atMs: number, bytesPerS: number): void {
    // one that comes late; what is farther back is a clock that was set
    if (atMs < this.#lastMs && this.#lastMs - atMs < FARTHEST_MS) return
    const slot = Math.floor(atMs / SLOT_MS)
    if (slot !== this.#slot) this.#turn(slot)
    const ms = atMs - this.#lastMs
    this.#lastMs = atMs
    if (ms <= 0 || ms > FARTHEST_MS) return
    this.#ms += ms
    this.#bytes += bytesPerS * ms
  }

  measured(atMs: number, bytesPerS: number): void {
    this.#dirty.push({ slot: Math.floor(atMs / SLOT_MS), bytesPerS })
    if (this.#dirty.length > DIRTY_KEPT) this.#dirty.shift()
    this.isChanged = true
  }

  /** Bytes a second in a slot that is over. Null: not known. */
  at(slot: number): number | null {
    const code = slot < this.#slot && slot > this.#slot - SLOTS && slot >= 0 ? (this.#codes[slot % SLOTS] ?? 0) : 0
    return code === 0 ? null : rateOf(code)
  }

  get dirty(): readonly DirtySample[] {
    return this.#dirty
  }

  #turn(slot: number): void {
    const before = this.#slot
    if (before >= 0 && slot > before && this.#ms >= LEAST_MS) {
      this.#codes[before % SLOTS] = codeOf(this.#bytes / this.#ms)
      this.isChanged = true
    }
    // what is skipped is not known; of a clock that was set back, what it had said of the time to come is not either
    const [first, last] = slot > before ? [Math.max(before + 1, slot - SLOTS + 1), slot] : [slot, Math.min(before, slot + SLOTS - 1)]
    if (before >= 0) for (let each = first; each <= last; each += 1) this.#codes[each % SLOTS] = 0
    this.#slot = slot
    this.#ms = 0
    this.#bytes = 0
  }
}

function codeOf(bytesPerS: number): number {
  return Math.min(255, 1 + Math.max(0, Math.round(STEPS * Math.log2(Math.max(bytesPerS, FLOOR_BYTES) / FLOOR_BYTES))))
}

function rateOf(code: number): number {
  return code === 1 ? 0 : FLOOR_BYTES * 2 ** ((code - 1) / STEPS)
}
