import { posix } from 'node:path'
import { z } from 'zod'
import { type HostShell, runsNothing } from './host-shell.ts'
import { inTurn } from './in-turn.ts'

const chainSchema = z.array(z.object({ filename: z.string(), 'full-backing-filename': z.string().optional() }))

/** What images that lie in no pool are built on. */
export interface ChainsElsewhere {
  /** By image, everything beneath it. */
  readonly below: ReadonlyMap<string, readonly string[]>
  readonly missing: readonly string[]
  /** Images that are there, or may be, and of which nobody can tell. */
  readonly unread: readonly string[]
}

/** libvirt knows nothing of what lies in no pool: qemu-img is asked on the host, where this connection runs programs there. */
export async function chainsElsewhere(shell: HostShell | null, images: readonly string[], signal: AbortSignal): Promise<ChainsElsewhere> {
  const below = new Map<string, readonly string[]>()
  const missing: string[] = []
  const unread: string[] = []
  await inTurn(images, async (image) => {
    const chain = await chainOf(shell, image, signal)
    if (chain === 'missing') missing.push(image)
    else if (chain === 'unread') unread.push(image)
    else below.set(image, chain)
  })
  return { below, missing, unread }
}

const MISSING = 9
const LOOK = `[ -e "$1" ] || exit ${MISSING}; exec qemu-img info -U --backing-chain --output=json -- "$1"`

async function chainOf(shell: HostShell | null, image: string, signal: AbortSignal): Promise<readonly string[] | 'missing' | 'unread'> {
  if (!shell) return 'unread'
  try {
    const { code, stdout } = await shell.run(['sh', '-c', LOOK, 'sh', image], { signal })
    if (code === MISSING) return 'missing'
    const chain = code === 0 ? chainSchema.safeParse(parsed(stdout)) : null
    if (!chain?.success) return 'unread'
    return chain.data.flatMap((link) => {
      const base = link['full-backing-filename']
      return base === undefined ? [] : [posix.resolve(posix.dirname(link.filename), base)]
    })
  } catch (thrown) {
    if (runsNothing(thrown)) return 'unread'
    throw thrown
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
