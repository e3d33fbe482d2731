import { createHash } from 'node:crypto'

/** What a person has written about a machine, as a fingerprint: it must be the same over there. Its definition stays out of the journal. */
export function markOf(xml: string): string {
  const parts = [/<title>[\s\S]*?<\/title>/, /<description>[\s\S]*?<\/description>/, /<metadata>[\s\S]*?<\/metadata>/]
  const words = parts.map((part) => (part.exec(xml)?.[0] ?? '').replaceAll(/>\s+</g, '><'))
  return createHash('sha256').update(words.join('\n')).digest('base64url')
}
