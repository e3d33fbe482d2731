import { constants as c } from '../../../libvirt/index.ts'
import { at, parseXml, textOf } from '../../../xml/index.ts'
import { change, within } from '../volumes/volume-context.ts'
import { type DiskFile, withDiskFiles } from './disk-source.ts'
import { snapshotXml } from './read-sight.ts'
import type { SnapshotContext } from './snapshot-context.ts'
import { readDescription, withDescription, withoutOverlays, writeDescription } from './snapshot-xml.ts'

export interface Redefinition {
  /** Its data lie in other files now. */
  readonly files?: readonly DiskFile[]
  readonly description?: { readonly text: string | null; readonly tags: readonly string[] }
  /** The machine's data go on from it. */
  readonly isCurrent?: boolean
  /** Its overlays are named no more. */
  readonly withoutOverlays?: boolean
}

/** Changes what libvirt keeps of a snapshot, and nothing of its data; all that is not named stays to the byte. */
export async function redefine(context: SnapshotContext, name: string, what: Redefinition): Promise<void> {
  const { host, dom } = context
  const { snap } = await host.call('domainSnapshotLookupByName', { dom, name, flags: 0 }, within(context))
  const { current } = await host.call('domainSnapshotIsCurrent', { snap, flags: 0 }, within(context))
  // with the passwords that stand in it: what is defined without them has lost them
  let xml = await snapshotXml(context, snap, c.VIR_DOMAIN_SNAPSHOT_XML_SECURE)
  const element = parseXml(xml)
  if (what.files) {
    for (const part of ['domain', 'inactiveDomain']) if (at(element, part)) xml = withDiskFiles(xml, what.files, [part])
  }
  if (what.description) {
    const { notes } = readDescription(textOf(element, 'description'))
    const { text, tags } = what.description
    xml = withDescription(xml, writeDescription(text, { ...notes, tags: [...tags] }))
  }
  if (what.withoutOverlays === true) xml = withoutOverlays(xml)
  const isCurrent = what.isCurrent === true || current !== 0
  const flags = c.VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE | (isCurrent ? c.VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT : 0)
  await change(context, 'domainSnapshotCreateXml', { dom, xmlDesc: xml, flags })
}
