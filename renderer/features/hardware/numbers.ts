/** A whole number as it was typed; null: it is none. Empty is null where `empty` says so. */
export function whole(text: string): number | null {
  const trimmed = text.trim()
  return /^\d{1,15}$/.test(trimmed) ? Number(trimmed) : null
}

/** Whole and fractional numbers, in both languages' ways. */
export function decimal(text: string): number | null {
  const trimmed = text.trim().replace(',', '.')
  return /^\d{1,12}(\.\d+)?$/.test(trimmed) ? Number(trimmed) : null
}

/** For a field whose emptiness is a value: `undefined` when it is no number. */
export function wholeOrNone(text: string): number | null | undefined {
  return text.trim() === '' ? null : (whole(text) ?? undefined)
}

export const MIB = 1_048_576
export const GIB = 1_073_741_824

/** Of what is counted in MiB: as few digits as tell it. */
export function asText(value: number | null): string {
  return value === null ? '' : String(Math.round(value * 1_000) / 1_000)
}
