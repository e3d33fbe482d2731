import { badDescriptor } from './ova-errors.ts'

/** What makers wrote before the units of DSP0004 were agreed on. */
const WORDS: Readonly<Record<string, number>> = {
  byte: 1,
  bytes: 1,
  kb: 2 ** 10,
  kilobytes: 2 ** 10,
  mb: 2 ** 20,
  megabytes: 2 ** 20,
  gb: 2 ** 30,
  gigabytes: 2 ** 30,
  tb: 2 ** 40,
  terabytes: 2 ** 40,
}

/**
 * A number of units in bytes: `byte * 2^20`, `byte`, `MegaBytes` (DSP0004, "Programmatic Units"). Without a unit: `assumed`.
 * @throws AppError invalid-input ova.bad-descriptor
 */
export function bytesOf(quantity: string, unit: string | null, assumed: number): number {
  const bytes = wholeNumber(quantity) * (unit === null ? assumed : factorOf(unit))
  if (!Number.isSafeInteger(bytes)) throw badDescriptor('number', `${quantity.slice(0, 40)} ${unit ?? ''} is no size.`)
  return bytes
}

/** @throws AppError invalid-input ova.bad-descriptor */
export function wholeNumber(text: string): number {
  const value = /^\s*\d{1,19}\s*$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value)) throw badDescriptor('number', `“${text.slice(0, 40)}” is no number.`)
  return value
}

function factorOf(unit: string): number {
  const word = WORDS[unit.trim().toLowerCase()]
  if (word !== undefined) return word
  const [, number, power] = /^\s*bytes?\s*\*\s*(\d{1,4})(?:\s*\^\s*(\d{1,2}))?\s*$/i.exec(unit) ?? []
  if (number === undefined) throw badDescriptor('unit', `“${unit.slice(0, 40)}” is no unit.`)
  return Number(number) ** Number(power ?? 1)
}
