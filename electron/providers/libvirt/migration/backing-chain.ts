import { at, attributeOf, parseXml, textOf, type XmlElement } from '../../../xml/index.ts'
import { within } from '../act-context.ts'
import { diskKeyOf } from '../domain-facts.ts'
import type { MachineContext } from './migration-context.ts'

/** Longer chains are followed no further: they are loops, or somebody's mistake. */
const MOST_LAYERS = 64

/** What a disk stands on, the next one first. A definition that is switched off names it seldom: then it is what the images say. */
export async function backingOf(context: MachineContext, disk: XmlElement, isRunning: boolean): Promise<readonly string[]> {
  const named = namedIn(disk)
  const path = diskKeyOf(at(disk, 'source'))
  if (isRunning || named.length > 0 || path === null || !path.startsWith('/')) return named
  if (attributeOf(at(disk, 'driver'), 'type') === 'raw') return []
  const found: string[] = []
  for (let below = await belowOf(context, path); below !== null && found.length < MOST_LAYERS; below = await belowOf(context, below)) {
    if (found.includes(below)) break
    found.push(below)
  }
  return found
}

function namedIn(disk: XmlElement): readonly string[] {
  const keys: string[] = []
  for (let layer = at(disk, 'backingStore'); layer !== undefined; layer = at(layer, 'backingStore')) {
    const key = diskKeyOf(at(layer, 'source'))
    if (key !== null) keys.push(key)
  }
  return keys
}

/** By its pool, and by the host's own program where it is in none. */
async function belowOf(context: MachineContext, path: string): Promise<string | null> {
  const { host, shell, work } = context
  try {
    const { vol } = await host.call('storageVolLookupByPath', { path }, within(context))
    const { xml } = await host.call('storageVolGetXmlDesc', { vol, flags: 0 }, within(context))
    return textOf(parseXml(xml), 'backingStore', 'path')
  } catch {
    work.signal.throwIfAborted()
  }
  const info = await shell?.run(['qemu-img', 'info', '-U', '--output=json', '--', path], { signal: work.signal }).catch(() => null)
  work.signal.throwIfAborted()
  if (info?.code !== 0) return null
  const said: unknown = JSON.parse(info.stdout)
  const below = (said as { readonly 'full-backing-filename'?: unknown })['full-backing-filename']
  return typeof below === 'string' ? below : null
}
