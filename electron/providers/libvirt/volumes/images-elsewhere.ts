import { constants } from '../../../libvirt/index.ts'
import { type ActContext, within } from '../act-context.ts'
import { chainsElsewhere } from '../chains-elsewhere.ts'
import { otherDisks } from '../disks.ts'
import type { HostShell } from '../host-shell.ts'
import { libvirtNumber } from '../problems.ts'

/** What was found is taken for true this long: a bulk asks the same for every volume, and a program runs on the host for every image. */
const KEPT_MS = 60_000
const LOOK_MS = 120_000
/** More than these are not looked into: nobody waits that long for a deletion. */
const MAX_IMAGES = 2_000

type Look = ReadonlyMap<string, readonly string[]>
type Asking = Pick<ActContext, 'host' | 'work' | 'clock' | 'knownDisks'> & { readonly shell: HostShell | null }

/** Images of machines that lie in no pool, or in one that is off, and the volumes that they are built on. One for each link. */
export class ImagesElsewhere {
  #known: { readonly atMs: number; readonly look: Promise<Look> } | null = null

  /** Those that are built on this path, as far as the host tells. */
  async builtOn(context: Asking, path: string): Promise<readonly string[]> {
    const nowMs = context.clock.nowMs()
    if (!this.#known || nowMs - this.#known.atMs >= KEPT_MS) {
      const known = { atMs: nowMs, look: this.#look(context) }
      this.#known = known
      known.look.catch(() => {
        if (this.#known === known) this.#known = null
      })
    }
    return (await this.#known.look).get(path) ?? []
  }

  /** For all who ask meanwhile, so that none of them ends it. */
  async #look(asking: Asking): Promise<Look> {
    const context = { ...asking, work: { signal: AbortSignal.timeout(LOOK_MS), sent: false } }
    const keys = [...(await otherDisks(context)).values()].flatMap((machine) => machine.keys)
    const seen = await pathsOfVolumes(context)
    const images = [...new Set(keys)].filter((key) => key.startsWith('/') && !key.startsWith('/dev/') && !seen.has(key))
    const { below } = await chainsElsewhere(context.shell, images.slice(0, MAX_IMAGES), context.work.signal)
    const overlays = new Map<string, string[]>()
    for (const [image, bases] of below) for (const base of bases) overlays.set(base, [...(overlays.get(base) ?? []), image])
    return overlays
  }
}

async function pathsOfVolumes(context: Asking): Promise<ReadonlySet<string>> {
  const { host } = context
  const options = { ...within(context), dedicated: 'many' as const }
  const flags = constants.VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE
  const { pools } = await host.call('connectListAllStoragePools', { needResults: 1, flags }, options)
  const paths = new Set<string>()
  for (const pool of pools) {
    try {
      const { vols } = await host.call('storagePoolListAllVolumes', { pool, needResults: 1, flags: 0 }, options)
      for (const { key } of vols) paths.add(key)
    } catch (error) {
      // One that went off meanwhile: its images are looked into by their paths then.
      if (libvirtNumber(error) === undefined) throw error
    }
  }
  return paths
}
