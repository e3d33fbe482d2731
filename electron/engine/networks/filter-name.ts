import { attributeOf, parseXml } from '../../xml/index.ts'

/** The name that a filter's definition gives it; null: it is no definition of a filter. */
export function filterName(xml: string): string | null {
  try {
    const root = parseXml(xml)
    return root.name === 'filter' ? attributeOf(root, 'name') || null : null
  } catch {
    return null
  }
}
