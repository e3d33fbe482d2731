import type { Language } from './catalogue.ts'

const MINUTE = 60
const HOUR = 3_600
const DAY = 86_400
const THIN = '\u00a0'

/** Numbers, times and sizes in the chosen language. Units are kept short and the same everywhere. */
export class Formatter {
  readonly #number: Intl.NumberFormat
  readonly #one: Intl.NumberFormat
  readonly #two: Intl.NumberFormat
  readonly #time: Intl.DateTimeFormat
  readonly #timeSeconds: Intl.DateTimeFormat
  readonly #dateTime: Intl.DateTimeFormat
  readonly #full: Intl.DateTimeFormat
  readonly #dayTime: Intl.DateTimeFormat
  readonly #date: Intl.DateTimeFormat
  readonly #day: Intl.DateTimeFormat
  readonly #usd: (digits: number) => Intl.NumberFormat
  readonly #absolute = new Map<number, string>()

  constructor(language: Language) {
    this.#number = new Intl.NumberFormat(language, { maximumFractionDigits: 0 })
    this.#one = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
    this.#two = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
    this.#time = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    this.#timeSeconds = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
    this.#dateTime = new Intl.DateTimeFormat(language, {
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
    this.#dayTime = new Intl.DateTimeFormat(language, {
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
    this.#date = new Intl.DateTimeFormat(language, { dateStyle: 'medium' })
    this.#day = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' })
    const currencies = new Map<number, Intl.NumberFormat>()
    this.#usd = (digits) => {
      const known = currencies.get(digits)
      if (known) return known
      const made = new Intl.NumberFormat(language, {
        style: 'currency',
        currency: 'USD',
        currencyDisplay: 'narrowSymbol',
        minimumFractionDigits: Math.min(digits, 2),
        maximumFractionDigits: digits,
      })
      currencies.set(digits, made)
      return made
    }
    this.#full = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long', hourCycle: 'h23' })
  }

  /** A whole number with group separators. */
  number(value: number): string {
    return this.#number.format(value)
  }

  /** Three figures at most: one decimal under 100, none above. */
  short(value: number): string {
    if (value > 0 && value < 1) return this.#two.format(value)
    return value >= 100 ? this.#number.format(value) : this.#one.format(value)
  }

  /** KiB as GiB without the unit, which stands in the column's head. */
  gib(kib: number): string {
    const gib = kib / 1_048_576
    return Number.isInteger(gib) ? this.number(gib) : this.short(gib)
  }

  /** Bytes with a binary unit: "41.2 GiB". */
  bytes(bytes: number): string {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
    let value = bytes
    let unit = 0
    while (value >= 1_024 && unit < units.length - 1) {
      value /= 1_024
      unit += 1
    }
    return `${unit === 0 || Number.isInteger(value) ? this.number(value) : this.short(value)}${THIN}${units[unit]}`
  }

  /** Bytes a second: "212 MB/s". */
  rate(bytesPerS: number): string {
    const mega = bytesPerS / 1_000_000
    return mega >= 10_000 ? `${this.short(mega / 1_000)}${THIN}GB/s` : `${mega >= 10 ? this.number(mega) : this.short(mega)}${THIN}MB/s`
  }

  /** A short time as exact as it is read: "340 ms", "4.2 s", "1:12". */
  took(spanMs: number): string {
    const ms = Math.max(0, spanMs)
    if (ms < 1_000) return `${this.number(ms)}${THIN}ms`
    return ms < MINUTE * 1_000 ? `${this.short(ms / 1_000)}${THIN}s` : this.clock(ms)
  }

  /** From one time to another, in one unit: "90–240 ms", "41–58 s", "1:10–2:05". */
  tookRange(lowMs: number, highMs: number): string {
    if (highMs < 1_000) return `${this.number(lowMs)}–${this.number(highMs)}${THIN}ms`
    if (highMs >= MINUTE * 1_000) return `${this.clock(lowMs)}–${this.clock(highMs)}`
    const figure = (ms: number) => (highMs < 10_000 ? this.#one.format(ms / 1_000) : this.number(ms / 1_000))
    return `${figure(lowMs)}–${figure(highMs)}${THIN}s`
  }

  /** US dollars as they are read at a glance: cents only below 10. */
  usd(value: number): string {
    return this.#usd(Math.abs(value) < 10 ? 2 : 0).format(value)
  }

  /** What an hour costs, to a hundredth of a cent. */
  usdPerHour(value: number): string {
    return this.#usd(4).format(value)
  }

  /** The day alone, here. */
  date(atMs: number): string {
    return this.#date.format(atMs)
  }

  /** A day that is written as an ISO date, the same in every time zone. */
  day(isoDate: string): string {
    return this.#day.format(Date.parse(`${isoDate}T00:00:00Z`))
  }

  percent(value: number): string {
    return `${this.number(value)}${THIN}%`
  }

  time(atMs: number): string {
    return this.#time.format(atMs)
  }

  timeSeconds(atMs: number): string {
    return this.#timeSeconds.format(atMs)
  }

  /** Time alone today, day and time before. */
  when(atMs: number, nowMs: number = Date.now()): string {
    return new Date(atMs).toDateString() === new Date(nowMs).toDateString() ? this.time(atMs) : this.#dateTime.format(atMs)
  }

  /** With its weekday: "Fri 27 Nov, 02:00". */
  dayAndTime(atMs: number): string {
    return this.#dayTime.format(atMs)
  }

  /** With seconds: time alone today, day and time before. */
  whenSeconds(atMs: number, nowMs: number = Date.now()): string {
    return new Date(atMs).toDateString() === new Date(nowMs).toDateString() ? this.timeSeconds(atMs) : this.#dateTime.format(atMs)
  }

  /** Everything, for the hover text over a relative time. */
  absolute(atMs: number): string {
    // A full date takes longer to word than the rest of a row, and all rows of a host show the same one.
    const known = this.#absolute.get(atMs)
    if (known !== undefined) return known
    if (this.#absolute.size > 1_000) this.#absolute.clear()
    const text = this.#full.format(atMs)
    this.#absolute.set(atMs, text)
    return text
  }

  /** A span in its two largest units: "2 s", "4 min", "3 h 12 min", "41 d 6 h". */
  span(spanMs: number): string {
    const seconds = Math.max(0, Math.floor(spanMs / 1_000))
    if (seconds < MINUTE) return `${seconds}${THIN}s`
    if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}${THIN}min`
    if (seconds < DAY) return two(Math.floor(seconds / HOUR), 'h', Math.floor((seconds % HOUR) / MINUTE), 'min')
    return two(Math.floor(seconds / DAY), 'd', Math.floor((seconds % DAY) / HOUR), 'h')
  }

  /** A running clock: "0:17", "1:03:24". */
  clock(spanMs: number): string {
    const seconds = Math.max(0, Math.round(spanMs / 1_000))
    const minutes = Math.floor(seconds / MINUTE)
    const rest = String(seconds % MINUTE).padStart(2, '0')
    if (seconds < HOUR) return `${minutes}:${rest}`
    return `${Math.floor(seconds / HOUR)}:${String(minutes % 60).padStart(2, '0')}:${rest}`
  }
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${THIN}${largeUnit}` : `${large}${THIN}${largeUnit} ${small}${THIN}${smallUnit}`
}
