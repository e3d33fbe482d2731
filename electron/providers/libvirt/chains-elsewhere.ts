import { HostImages } from './host-images.ts'
import type { HostShell } from './host-shell.ts'

/** What images that lie in no pool are built on. */
export interface ChainsElsewhere {
  /** By image, everything beneath it. */
  readonly below: ReadonlyMap<string, readonly string[]>
  readonly missing: readonly string[]
  /** Images that are there, or may be, and of which nobody can tell. */
  readonly unread: readonly string[]
}

/** A chain that has no end. */
const MOST_DEEP = 200

/**
 * libvirt knows nothing of what lies in no pool: qemu-img is asked on the host, where this connection runs programs there. Image by image down
 * the chain: one that is broken further down is known as far as it goes.
 */
export async function chainsElsewhere(shell: HostShell | null, images: readonly string[], signal: AbortSignal): Promise<ChainsElsewhere> {
  const reader = new HostImages(shell)
  const bases = new Map<string, readonly string[]>()
  const missing = new Set<string>()
  const unread = new Set<string>()
  let next = [...new Set(images)]
  for (let depth = 0; next.length > 0 && depth < MOST_DEEP; depth += 1) {
    const read = await reader.read(next, [], signal)
    for (const [path, header] of read.headers) bases.set(path, header.bases)
    for (const path of read.missing) missing.add(path)
    for (const path of next) if (!bases.has(path) && !missing.has(path)) unread.add(path)
    const beneath = new Set([...read.headers.values()].flatMap((header) => header.bases))
    next = [...beneath].filter((path) => !bases.has(path) && !missing.has(path) && !unread.has(path))
  }
  const known = images.filter((image) => bases.has(image))
  return { below: new Map(known.map((image) => [image, beneathOf(bases, image)])), missing: [...missing], unread: [...unread] }
}

function beneathOf(bases: ReadonlyMap<string, readonly string[]>, image: string): readonly string[] {
  const found = new Set<string>()
  const waiting = [...(bases.get(image) ?? [])]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue
    found.add(path)
    waiting.push(...(bases.get(path) ?? []))
  }
  return [...found]
}
