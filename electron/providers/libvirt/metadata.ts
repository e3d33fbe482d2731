import { escapeXml, localName, namespaceOf, parseXml, type XmlElement } from './xml.ts'

/**
 * Tags and notes live in the machine's own definition, under a namespace of this product, so that every console sees them and nothing of
 * other programs' metadata is touched. The format is described in docs/metadata.md.
 */
export const METADATA_URI = 'urn:novacron:machine:1.0'
/** libvirt wants a prefix for the element; readers go by the URI. */
export const METADATA_PREFIX = 'novacron'
/** What libvirt calls the parts of a definition that domainSetMetadata changes. */
export const METADATA_TYPE = { description: 0, title: 1, element: 2 } as const

export interface OwnMetadata {
  readonly tags: readonly string[]
  readonly notes: string | null
}

export const NO_METADATA: OwnMetadata = { tags: [], notes: null }

/** Reads our element; `null` for none. */
export function readOwnMetadata(element: XmlElement | null | undefined): OwnMetadata {
  if (!element) return NO_METADATA
  const tags: string[] = []
  let notes: string | null = null
  for (const child of element.children) {
    const name = localName(child)
    if (name === 'tags') {
      for (const tag of child.children) if (localName(tag) === 'tag' && tag.text !== '' && !tags.includes(tag.text)) tags.push(tag.text)
    } else if (name === 'notes') notes = child.text === '' ? null : child.text
  }
  return { tags, notes }
}

/** Our element among the children of `<metadata>`. */
export function findOwnMetadata(metadata: XmlElement | undefined): XmlElement | undefined {
  return metadata?.children.find((child) => namespaceOf(child, [metadata]) === METADATA_URI)
}

/**
 * Our element with new tags and notes, as domainSetMetadata takes it: without the prefix, which libvirt adds. What a later version of the
 * product put beside them stays. Null: nothing is left to say, the element is to go.
 */
export function writeOwnMetadata(existingXml: string | null, next: OwnMetadata): string | null {
  const others = existingXml === null ? [] : parseXml(existingXml).children.filter((child) => !['tags', 'notes'].includes(localName(child)))
  if (others.length === 0 && next.tags.length === 0 && next.notes === null) return null
  const parts: string[] = []
  if (next.tags.length > 0) parts.push(`<tags>${next.tags.map((tag) => `<tag>${escapeXml(tag)}</tag>`).join('')}</tags>`)
  if (next.notes !== null) parts.push(`<notes xml:space="preserve">${escapeXml(next.notes)}</notes>`)
  parts.push(...others.map(serialize))
  return `<machine>${parts.join('')}</machine>`
}

/** An element that we do not know, as it was but for the prefix, which stands for the enclosing namespace. */
function serialize(element: XmlElement): string {
  const name = element.name.startsWith(`${METADATA_PREFIX}:`) ? localName(element) : element.name
  const attributes = Object.entries(element.attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`)
  return `<${name}${attributes.join('')}>${escapeXml(element.text)}${element.children.map(serialize).join('')}</${name}>`
}

/** Tags after a change: named ones replace all, then some are taken away, then some are added at the end. */
export function tagsAfter(
  before: readonly string[],
  change: {
    readonly tags?: readonly string[] | undefined
    readonly addTags?: readonly string[] | undefined
    readonly removeTags?: readonly string[] | undefined
  },
): readonly string[] {
  const removed = new Set(change.removeTags)
  return [...new Set([...(change.tags ?? before), ...(change.addTags ?? [])])].filter((tag) => !removed.has(tag))
}
