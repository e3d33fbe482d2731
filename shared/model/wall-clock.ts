/** Times as clocks on the wall show them, in the time zone of whoever runs this. What is kept and compared are instants. */

/** Of a date (`2026-03-29`) and a time (`02:30`); null: neither of them, or the clock jumps over it. Of one that comes twice, the first. */
export function instantOf(date: string, time: string): number | null {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date) ?? []
  const [, hour, minute] = /^(\d{1,2}):(\d{2})$/.exec(time) ?? []
  if (year === undefined || hour === undefined) return null
  const at = new Date(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute))
  const isSame =
    at.getMonth() === Number(month) - 1 &&
    at.getDate() === Number(day) &&
    at.getHours() === Number(hour) &&
    at.getMinutes() === Number(minute)
  return isSame ? at.getTime() : null
}

/** `2026-03-29`. */
export function dateOf(atMs: number): string {
  const at = new Date(atMs)
  return `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** `02:30`. */
export function timeOf(atMs: number): string {
  const at = new Date(atMs)
  return `${two(at.getHours())}:${two(at.getMinutes())}`
}

/** The first time after `afterMs` at which clocks show that; null: it is no time. */
export function nextInstantOf(time: string, afterMs: number): number | null {
  const from = new Date(afterMs)
  for (let day = 0; day <= 2; day += 1) {
    const atMs = instantOf(dateOf(new Date(from.getFullYear(), from.getMonth(), from.getDate() + day, 12).getTime()), time)
    if (atMs !== null && atMs > afterMs) return atMs
  }
  return null
}

/** An IANA name, such as `Europe/Warsaw`. */
export function hereZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
