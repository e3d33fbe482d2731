import { AppError } from '../../shared/errors/index.ts'

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }

/** `20G`, `512MiB`, `1.5T`, or bytes. Units are powers of two, as with qemu-img. Throws `invalid-input` cli.bad-size. */
export function bytesOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text.trim())
  const bytes = Math.round(Number(match?.[1]) * (UNITS[match?.[2]?.toUpperCase() ?? ''] ?? Number.NaN))
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
  throw new AppError({ kind: 'invalid-input', code: 'cli.bad-size', message: `"${text}" is no size. Write 20G, 512M or bytes.` })
}

const RATES: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, G: 1e9 }

/** `200` or `200M`: MB/s; `1.5G`, `800K`; with an i (`190MiB`) powers of two. Bytes a second. Throws `invalid-input` cli.bad-rate. */
export function rateOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([KMG])(i?)B?(?:\/s)?)?$/i.exec(text.trim())
  const unit = match?.[2]?.toUpperCase() ?? 'M'
  const size = match?.[3] ? UNITS[unit] : RATES[unit]
  const bytes = Math.round(Number(match?.[1]) * (size ?? Number.NaN))
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
  throw new AppError({
    kind: 'invalid-input',
    code: 'cli.bad-rate',
    message: `"${text}" is no bandwidth. Write MB/s, such as 200, or 1.5G.`,
  })
}

/** `default/debian-12.qcow2`. Throws `invalid-input` cli.bad-volume. */
export function placeOf(text: string): { pool: string; volume: string } {
  const slash = text.indexOf('/')
  const place = { pool: text.slice(0, slash), volume: text.slice(slash + 1) }
  if (slash > 0 && place.volume !== '' && !place.volume.includes('/')) return place
  throw new AppError({
    kind: 'invalid-input',
    code: 'cli.bad-volume',
    message: `"${text}" names no volume. Write pool/volume, such as default/debian-12.qcow2.`,
  })
}

/** `vda=40G` → the disk and its size. Throws `invalid-input` cli.bad-size. */
export function diskSizes(texts: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    texts.map((text) => {
      const [disk = '', size = ''] = text.split('=')
      return [disk, bytesOf(size)]
    }),
  )
}
