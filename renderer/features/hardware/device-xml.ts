/** Reads what a form needs of a definition and the engine does not tell apart. */

function parsed(xml: string | null): Element | null {
  if (xml === null) return null
  const root = new DOMParser().parseFromString(xml, 'application/xml').documentElement
  return root.tagName === 'domain' ? root : null
}

function childText(element: Element, path: string, attribute: string): string | null {
  return element.querySelector(`:scope > ${path}`)?.getAttribute(attribute) ?? null
}

/** A disk or card in a definition, by its key; null: it is not there. */
export function deviceXmlOf(xml: string | null, key: string): string | null {
  const devices = parsed(xml)?.querySelector(':scope > devices')
  const [kind, ...rest] = key.split(':')
  const name = rest.join(':')
  const found = [...(devices?.children ?? [])].find((element) =>
    kind === 'disk'
      ? element.tagName === 'disk' && childText(element, 'target', 'dev') === name
      : kind === 'nic' && element.tagName === 'interface' && childText(element, 'mac', 'address')?.toLowerCase() === name.toLowerCase(),
  )
  return found ? unindented(new XMLSerializer().serializeToString(found)) : null
}

/** Inside a definition it stands four columns in. */
function unindented(text: string): string {
  const lines = text.split('\n')
  const last = /^\s*/.exec(lines.at(-1) ?? '')?.[0].length ?? 0
  return `${lines.map((line, at) => (at === 0 ? line : line.slice(Math.min(last, /^\s*/.exec(line)?.[0].length ?? 0)))).join('\n')}\n`
}

/** Features of the processor that a definition names. */
export function cpuFeaturesOf(xml: string | null): { name: string; policy: 'require' | 'disable' }[] {
  return [...(parsed(xml)?.querySelectorAll(':scope > cpu > feature') ?? [])].flatMap((feature) => {
    const name = feature.getAttribute('name')
    const policy = feature.getAttribute('policy')
    return name !== null && (policy === 'require' || policy === 'disable') ? [{ name, policy }] : []
  })
}
