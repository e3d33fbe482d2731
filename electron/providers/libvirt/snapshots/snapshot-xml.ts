import { z } from 'zod'
import { at, attributeOf, childrenOf, escapeXml, fitForXml, parseXml, textOf, type XmlElement } from '../../../xml/index.ts'
import type { OverlayToMake, SeenDisk, SeenSnapshot } from '../../snapshots/index.ts'
import { edited, rangeAt, rangesOf, withAttribute } from './xml-ranges.ts'

/**
 * What libvirt has no place for stands in the last line of a snapshot's description, so that it goes wherever the snapshot goes and every
 * tool shows it. Format in docs/SNAPSHOTS.md.
 */
export interface OwnNotes {
  readonly tags: readonly string[]
  readonly schedule: string | null
  readonly frozen: boolean | null
}

const MARK = 'novacron: '
const notesSchema = z.object({
  tags: z.array(z.string()).default([]),
  schedule: z.string().nullable().default(null),
  frozen: z.boolean().nullable().default(null),
})
const NO_NOTES: OwnNotes = { tags: [], schedule: null, frozen: null }

export function readDescription(text: string | null): { readonly description: string | null; readonly notes: OwnNotes } {
  const lines = (text ?? '').split('\n')
  const last = lines.at(-1) ?? ''
  const notes = last.startsWith(MARK) ? notesSchema.safeParse(parsed(last.slice(MARK.length))) : null
  if (!notes?.success) return { description: text === '' ? null : text, notes: NO_NOTES }
  const description = lines.slice(0, -1).join('\n').trimEnd()
  return { description: description === '' ? null : description, notes: notes.data }
}

export function writeDescription(description: string | null, notes: OwnNotes): string {
  const { tags, schedule, frozen } = notes
  if (tags.length === 0 && schedule === null && frozen === null) return fitForXml(description ?? '')
  const note = JSON.stringify({
    ...(tags.length > 0 && { tags }),
    ...(schedule !== null && { schedule }),
    ...(frozen !== null && { frozen }),
  })
  return fitForXml(`${description === null ? '' : `${description}\n\n`}${MARK}${note}`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** A disk as a definition names it, before the path of a volume is looked up. */
export interface NamedSource extends Omit<SeenDisk, 'path'> {
  readonly path: string | null
  readonly volume: { readonly pool: string; readonly name: string } | null
}

/** Every disk of a definition that has a source. */
export function sourcesOf(domain: XmlElement | undefined): NamedSource[] {
  return childrenOf(at(domain, 'devices'), 'disk').flatMap((disk): NamedSource[] => {
    const target = attributeOf(at(disk, 'target'), 'dev')
    const device = attributeOf(disk, 'device') ?? 'disk'
    const source = at(disk, 'source')
    if (target === null || source === undefined) return []
    const { file, dev, pool, volume } = source.attributes
    const isLocked = at(disk, 'encryption') !== undefined || at(source, 'encryption') !== undefined
    const path = isLocked ? null : (file ?? dev ?? null)
    const isMedium = device === 'cdrom' || device === 'floppy'
    return [
      {
        target,
        path,
        volume: pool !== undefined && volume !== undefined && !isLocked ? { pool, name: volume } : null,
        format: attributeOf(at(disk, 'driver'), 'type'),
        isReadOnly: isMedium || at(disk, 'readonly') !== undefined || at(disk, 'transient') !== undefined,
        isShared: device === 'lun' || at(disk, 'shareable') !== undefined,
      },
    ]
  })
}

/** What a snapshot's XML says, before paths of volumes are looked up. */
export interface SnapshotFacts {
  readonly name: string
  /** Of the definition of then, and of the one that its next start would have read. */
  readonly sources: readonly NamedSource[]
  readonly nextSources: readonly NamedSource[]
  readonly element: Pick<XmlElement, 'name' | 'attributes' | 'children' | 'text'>
}

/** What libvirt writes of a snapshot (https://libvirt.org/formatsnapshot.html). The definitions are left out of `element`: they are long. */
export function parseSnapshot(xml: string): SnapshotFacts {
  const root = parseXml(xml)
  const children = root.children.filter(({ name }) => name !== 'domain' && name !== 'inactiveDomain')
  return {
    name: textOf(root, 'name') ?? '',
    sources: sourcesOf(at(root, 'domain')),
    nextSources: sourcesOf(at(root, 'inactiveDomain')),
    element: { ...root, children },
  }
}

/** `pathOf`: where a disk of a definition lies. */
export function readSnapshot(facts: SnapshotFacts, isCurrent: boolean, pathOf: (source: NamedSource) => string | null): SeenSnapshot {
  const { element, sources, nextSources } = facts
  const { description, notes } = readDescription(textOf(element, 'description'))
  const memory = at(element, 'memory')
  const memoryKind = attributeOf(memory, 'snapshot')
  return {
    name: facts.name,
    parent: textOf(element, 'parent', 'name'),
    isCurrent,
    createdAtMs: Number(textOf(element, 'creationTime') ?? 0) * 1_000,
    description,
    tags: [...notes.tags],
    scheduleId: notes.schedule,
    wasFrozen: notes.frozen,
    state: textOf(element, 'state') ?? 'unknown',
    hasMemory: memoryKind === 'internal' || memoryKind === 'external',
    memoryFile: memoryKind === 'external' ? attributeOf(memory, 'file') : null,
    disks: childrenOf(at(element, 'disks'), 'disk').map((disk) => {
      const name = attributeOf(disk, 'name') ?? ''
      const source = sources.find(({ target, path }) => target === name || path === name)
      const kind = kindOf(attributeOf(disk, 'snapshot'))
      return {
        target: source?.target ?? name,
        kind,
        file: source === undefined || kind === 'none' ? null : pathOf(source),
        overlay: kind === 'external' ? attributeOf(at(disk, 'source'), 'file') : null,
      }
    }),
    definition: [...sources, ...nextSources]
      .filter(({ isReadOnly }) => !isReadOnly)
      .map((source) => ({ target: source.target, path: pathOf(source) })),
  }
}

function kindOf(word: string | null): 'internal' | 'external' | 'none' {
  return word === 'internal' || word === 'external' ? word : 'none'
}

export interface NewSnapshot {
  readonly name: string
  readonly description: string
  readonly targets: readonly string[]
  readonly covered: readonly string[]
  /** Null: inside the files. */
  readonly overlays: readonly OverlayToMake[] | null
  readonly memoryFile: string | null
}

export function newSnapshotXml({ name, description, targets, covered, overlays, memoryFile }: NewSnapshot): string {
  const memory =
    memoryFile !== null
      ? `<memory snapshot='external' file='${escapeXml(memoryFile)}'/>`
      : overlays === null
        ? ''
        : "<memory snapshot='no'/>"
  const disks = targets.map((target) => {
    const overlay = overlays?.find((one) => one.target === target)
    if (overlay) {
      const source = `<driver type='qcow2'/><source file='${escapeXml(overlay.path)}'/>`
      return `<disk name='${escapeXml(target)}' snapshot='external' type='file'>${source}</disk>`
    }
    const kind = overlays === null && covered.includes(target) ? 'internal' : 'no'
    return `<disk name='${escapeXml(target)}' snapshot='${kind}'/>`
  })
  return (
    `<domainsnapshot><name>${escapeXml(name)}</name><description>${escapeXml(description)}</description>${memory}` +
    `<disks>${disks.join('')}</disks></domainsnapshot>`
  )
}

/** With another description; all else to the byte. */
export function withDescription(xml: string, text: string): string {
  const root = rangesOf(xml)
  const known = rangeAt(root, 'description')
  const element = text === '' ? '' : `<description>${escapeXml(text)}</description>`
  if (known) return edited(xml, [{ start: known.start, end: known.end, text: element }])
  return edited(xml, [{ start: root.openEnd, end: root.openEnd, text: element }])
}

/** A file that there never is. */
const NOWHERE = '/nonexistent/deleted'

/** With another name for what was put on top of its files; all else to the byte. */
export function withoutOverlays(xml: string): string {
  const disks = rangeAt(rangesOf(xml), 'disks')?.children ?? []
  const sources = disks.flatMap((disk) => rangeAt(disk, 'source') ?? [])
  return edited(
    xml,
    sources.map(({ start, openEnd }) => ({ start, end: openEnd, text: withAttribute(xml.slice(start, openEnd), 'file', NOWHERE) })),
  )
}
