import { constants, type DomainRef, type LibvirtHost, listAllDomains } from '../../../libvirt/index.ts'
import type { Others } from '../disks.ts'
import { type KnownDisks, readDefinition } from '../domain-facts.ts'
import { isNoDomain } from '../problems.ts'
import type { VolumeContext } from './volume-context.ts'

const IN_FLIGHT = 8
const TIMEOUT_MS = 60_000
/** Of many deletions one after the other not each reads all definitions: a reading counts so long, or as long again as it took. */
const FRESH_MS = 500

interface Reading {
  readonly begunAtMs: number
  readonly disks: Promise<Others>
  tookMs: number
}

const readings = new WeakMap<LibvirtHost, Reading>()

/**
 * The disks of every machine, as it runs and as it is kept, read from libvirt now: what the watch knows may be older, as libvirt tells nobody
 * of a disk that is added to a definition alone. `isAnew`: whatever was read a moment ago. Throws when one cannot be read.
 */
export async function definedDisks({ host, clock, work }: Pick<VolumeContext, 'host' | 'clock' | 'work'>, isAnew = false): Promise<Others> {
  const nowMs = clock.nowMs()
  const last = readings.get(host)
  if (last && !isAnew && nowMs - last.begunAtMs < FRESH_MS + last.tookMs) return await last.disks
  // of everybody who waits for it: whoever asked first may leave
  const disks = readAll(host)
  const reading = { begunAtMs: nowMs, disks, tookMs: 0 }
  readings.set(host, reading)
  try {
    return await disks
  } catch (error) {
    if (readings.get(host) === reading) readings.delete(host)
    work.signal.throwIfAborted()
    throw error
  } finally {
    reading.tookMs = clock.nowMs() - nowMs
  }
}

async function readAll(host: LibvirtHost): Promise<Others> {
  const found = new Map<string, KnownDisks>()
  const waiting = (await listAllDomains(host, { timeoutMs: TIMEOUT_MS })).values()
  const work = async () => {
    for (const dom of waiting) {
      const kinds = dom.id < 0 ? [0] : [0, constants.VIR_DOMAIN_XML_INACTIVE]
      const read = await Promise.all(kinds.map((flags) => disksOf(host, dom, flags)))
      found.set(dom.uuid, { name: dom.name, keys: read.flatMap(({ keys }) => keys), images: read.flatMap(({ images }) => images) })
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, work))
  return found
}

async function disksOf(host: LibvirtHost, dom: DomainRef, flags: number): Promise<Pick<KnownDisks, 'keys' | 'images'>> {
  try {
    const { diskKeys, imageKeys } = readDefinition((await host.call('domainGetXmlDesc', { dom, flags }, { timeoutMs: TIMEOUT_MS })).xml)
    return { keys: diskKeys, images: imageKeys }
  } catch (error) {
    if (isNoDomain(error)) return { keys: [], images: [] }
    throw error
  }
}
