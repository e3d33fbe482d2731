import { TEMPLATE_FIELDS, type Template, templateSchema } from '../../../shared/model/index.ts'
import { escapeXml, localName, namespaceOf, parseXml, type XmlElement } from '../../xml/index.ts'

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
  /** Set: the machine is a template and never starts. */
  readonly template: Template | null
}

export const NO_METADATA: OwnMetadata = { tags: [], notes: null, template: null }

/** Reads our element; `null` for none. */
export function readOwnMetadata(element: XmlElement | null | undefined): OwnMetadata {
  if (!element) return NO_METADATA
  const tags: string[] = []
  let notes: string | null = null
  let template: Template | null = null
  for (const child of element.children) {
    const name = localName(child)
    if (name === 'tags') {
      for (const tag of child.children) if (localName(tag) === 'tag' && tag.text !== '' && !tags.includes(tag.text)) tags.push(tag.text)
    } else if (name === 'notes') notes = child.text === '' ? null : child.text
    else if (name === 'template') template = templateOf(child)
  }
  return { tags, notes, template }
}

/** Null for what is none of ours, such as one without a version. Fields that we do not know are passed over. */
function templateOf(element: XmlElement): Template | null {
  const fields: readonly string[] = TEMPLATE_FIELDS
  const changeable = element.children.filter((each) => localName(each) === 'changeable').map((each) => each.text)
  const parsed = templateSchema.safeParse({
    family: element.attributes.family,
    version: Number(element.attributes.version),
    changeable: changeable.filter((each) => fields.includes(each)),
  })
  return parsed.success ? parsed.data : null
}

/** Our element among the children of `<metadata>`. */
export function findOwnMetadata(metadata: XmlElement | undefined): XmlElement | undefined {
  return metadata?.children.find((child) => namespaceOf(child, [metadata]) === METADATA_URI)
}

/** What is to be written; without `template` it stays as it is. */
type NewMetadata = Pick<OwnMetadata, 'tags' | 'notes'> & Partial<Pick<OwnMetadata, 'template'>>

/**
 * Our element with new tags and notes, as domainSetMetadata takes it: without the prefix, which libvirt adds. What else there is stays: that
 * the machine is a template, and what a later version of the product put beside it. Null: nothing is left to say, the element is to go.
 */
export function writeOwnMetadata(existingXml: string | null, next: NewMetadata): string | null {
  const parts = partsOf(existingXml === null ? undefined : parseXml(existingXml), next, '')
  return parts.length === 0 ? null : `<machine>${parts.join('')}</machine>`
}

/** The same as it stands in a definition, with its namespace. */
export function ownMetadataElement(existing: XmlElement | undefined, next: NewMetadata): string | null {
  const parts = partsOf(existing, next, `${METADATA_PREFIX}:`)
  const name = `${METADATA_PREFIX}:machine`
  return parts.length === 0 ? null : `<${name} xmlns:${METADATA_PREFIX}="${METADATA_URI}">${parts.join('')}</${name}>`
}

function partsOf(existing: XmlElement | undefined, { tags, notes, template }: NewMetadata, prefix: string): readonly string[] {
  const replaced = ['tags', 'notes', ...(template === undefined ? [] : ['template'])]
  const others = existing?.children.filter((child) => !replaced.includes(localName(child))) ?? []
  const element = (name: string, content: string, attributes = '') => `<${prefix}${name}${attributes}>${content}</${prefix}${name}>`
  const parts: string[] = []
  if (tags.length > 0) parts.push(element('tags', tags.map((tag) => element('tag', escapeXml(tag))).join('')))
  if (notes !== null) parts.push(element('notes', escapeXml(notes), ' xml:space="preserve"'))
  if (template) {
    const { family, version, changeable } = template
    const fields = changeable.map((field) => element('changeable', field)).join('')
    parts.push(element('template', fields, ` family="${escapeXml(family)}" version="${version}"`))
  }
  const colon = existing?.name.indexOf(':') ?? -1
  const before = colon < 0 ? '' : (existing?.name.slice(0, colon + 1) ?? '')
  return [...parts, ...others.map((other) => serialize(other, before, prefix))]
}

/** An element that we do not know, as it was but for the prefix, which stands for the enclosing namespace. */
function serialize(element: XmlElement, before: string, prefix: string): string {
  const isOurs = before === '' ? !element.name.includes(':') : element.name.startsWith(before)
  const name = isOurs ? `${prefix}${localName(element)}` : element.name
  const attributes = Object.entries(element.attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`)
  const children = element.children.map((child) => serialize(child, before, prefix))
  return `<${name}${attributes.join('')}>${escapeXml(element.text)}${children.join('')}</${name}>`
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
