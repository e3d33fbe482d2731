import { problem } from './ova-errors.ts'

export const DIGESTS = ['sha1', 'sha256', 'sha512'] as const
export type DigestName = (typeof DIGESTS)[number]

export interface Digest {
  readonly algorithm: DigestName
  /** Lower case, hexadecimal. */
  readonly hex: string
}

const HEX_DIGITS: Readonly<Record<DigestName, number>> = { sha1: 40, sha256: 64, sha512: 128 }

/**
 * A manifest: `SHA256(disk.vmdk)= 0123…`, a line a file (DSP0243, "Manifest"). Blanks stand where makers put them.
 * @throws AppError invalid-input ova.bad-manifest
 */
export function parseManifest(text: string): ReadonlyMap<string, Digest> {
  const digests = new Map<string, Digest>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue
    const [, name, file, hex] = /^\s*(SHA-?(?:1|256|512))\s*\((.+)\)\s*=\s*([0-9a-f]+)\s*$/i.exec(line) ?? []
    const algorithm = DIGESTS.find((digest) => digest === name?.toLowerCase().replace('-', ''))
    if (algorithm === undefined || file === undefined || hex?.length !== HEX_DIGITS[algorithm] || digests.has(file)) {
      throw problem('invalid-input', 'ova.bad-manifest', `Line ${index + 1} of the manifest cannot be read.`, { line: index + 1 })
    }
    digests.set(file, { algorithm, hex: hex.toLowerCase() })
  }
  return digests
}

export function formatManifest(digests: ReadonlyMap<string, Digest>): string {
  return [...digests].map(([file, { algorithm, hex }]) => `${algorithm.toUpperCase()}(${file})= ${hex}\n`).join('')
}
