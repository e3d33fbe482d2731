import { parseXml, type XmlElement } from '../../xml/index.ts'
import { badDescriptor } from './ova-errors.ts'

/** An element by its local name: descriptors bind the same namespaces to whatever prefixes their makers like. */
export interface Element {
  readonly name: string
  /** By local name; of two the one of OVF's own namespace. */
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
  readonly text: string
}

/**
 * The root element of a descriptor.
 * @throws AppError invalid-input ova.bad-descriptor
 */
export function parseElement(xml: string): Element {
  if (/<!DOCTYPE|<!ENTITY/i.test(xml)) throw badDescriptor('doctype', 'it declares entities, which no OVF does.')
  try {
    return byLocalNames(parseXml(xml))
  } catch (thrown) {
    throw badDescriptor('xml', thrown instanceof Error ? thrown.message : String(thrown))
  }
}

export function childrenOf(element: Element | undefined, ...names: readonly string[]): readonly Element[] {
  return element?.children.filter((child) => names.includes(child.name)) ?? []
}

export function childOf(element: Element | undefined, name: string): Element | undefined {
  return childrenOf(element, name)[0]
}

/** Of a child, without the blanks around it; null: there is none, or nothing in it. */
export function textOf(element: Element | undefined, name: string): string | null {
  const text = childOf(element, name)?.text.trim()
  return text === undefined || text === '' ? null : text
}

function byLocalNames({ name, attributes, children, text }: XmlElement): Element {
  // OVF's own come last and stay
  const sorted = Object.entries(attributes).sort(([a], [b]) => Number(a.startsWith('ovf:')) - Number(b.startsWith('ovf:')))
  return {
    name: localName(name),
    attributes: Object.fromEntries(sorted.map(([key, value]) => [localName(key), value])),
    children: children.map(byLocalNames),
    text,
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
