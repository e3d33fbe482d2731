const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** 1610612736 → 1.5 GiB. */
export function sizeText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)))
  const value = bytes / 1_024 ** power
  return `${Number(value.toFixed(value < 10 ? 1 : 0))} ${UNITS[power]}`
}

const RATES = [
  [1e9, 'GB/s', 10],
  [1e6, 'MB/s', 1],
] as const

/** 117440512 → 117 MB/s. Rates are in powers of ten, as networks count; gigabytes from ten on. */
export function rateText(bytesPerS: number): string {
  const [size, unit] = RATES.find(([each, , from]) => bytesPerS >= each * from) ?? RATES[1]
  const value = bytesPerS / size
  return `${Number(value.toFixed(value < 10 || unit === 'GB/s' ? 1 : 0))} ${unit}`
}
