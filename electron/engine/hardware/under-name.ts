import { childOf, escapeXml, parseXml } from '../../xml/index.ts'

/** libvirt writes a machine's name before anything else. */
const NAME = /<name>[^<]*<\/name>/

/**
 * An earlier definition under the name that the machine bears today, and the one it had then: libvirt takes no definition of the same UUID under
 * another. Null: it bears that name already, or this is no definition as hypervisors write them.
 */
export function underName(xml: string, name: string): { readonly xml: string; readonly was: string } | null {
  const was = nameOf(xml)
  if (was === null || was === name) return null
  const renamed = xml.replace(NAME, () => `<name>${escapeXml(name)}</name>`)
  return nameOf(renamed) === name ? { xml: renamed, was } : null
}

function nameOf(xml: string): string | null {
  try {
    return childOf(parseXml(xml), 'name')?.text ?? null
  } catch {
    // no definition: nothing is known of it
    return null
  }
}
