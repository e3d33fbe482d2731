/** A difference between the running machine and its definition for the next start, worth telling. */
export interface PendingChange {
  /** Catalogue key of what differs: `vcpu`, `memory`, `disk`, `interface`, `boot`. */
  readonly what: 'vcpu' | 'memory' | 'boot' | 'disk' | 'interface'
  /** Which one, where there are several: vda, a MAC address. */
  readonly name: string
  readonly now: string
  readonly next: string
}

/** Elements that libvirt writes into a running definition by itself say nothing about what was changed. */
function textOf(root: Element, path: string): string {
  return root.querySelector(path)?.textContent?.trim() ?? ''
}

function attributeOf(element: Element | null | undefined, name: string): string {
  return element?.getAttribute(name) ?? ''
}

function kibOf(root: Element, path: string): string {
  const element = root.querySelector(path)
  const value = Number(element?.textContent ?? '')
  const factors: Readonly<Record<string, number>> = {
    b: 1 / 1_024,
    bytes: 1 / 1_024,
    KiB: 1,
    k: 1,
    MiB: 1_024,
    M: 1_024,
    GiB: 1_048_576,
    G: 1_048_576,
  }
  const kib = value * (factors[element?.getAttribute('unit') ?? 'KiB'] ?? 1)
  return Number.isFinite(kib) && kib > 0 ? `${Math.round(kib / 1_024)} MiB` : ''
}

function disksOf(root: Element): ReadonlyMap<string, string> {
  const disks = new Map<string, string>()
  for (const disk of root.querySelectorAll('devices > disk')) {
    const target = disk.querySelector('target')
    const source = disk.querySelector('source')
    const place = ['file', 'dev', 'name', 'volume', 'dir'].map((name) => attributeOf(source, name)).find((value) => value !== '') ?? ''
    disks.set(attributeOf(target, 'dev'), [attributeOf(target, 'bus'), place].filter(Boolean).join(', '))
  }
  return disks
}

function interfacesOf(root: Element): ReadonlyMap<string, string> {
  const interfaces = new Map<string, string>()
  for (const one of root.querySelectorAll('devices > interface')) {
    const source = one.querySelector('source')
    const place = ['network', 'bridge', 'dev'].map((name) => attributeOf(source, name)).find((value) => value !== '') ?? ''
    interfaces.set(
      attributeOf(one.querySelector('mac'), 'address'),
      [attributeOf(one.querySelector('model'), 'type'), place].filter(Boolean).join(', '),
    )
  }
  return interfaces
}

function compareMaps(what: 'disk' | 'interface', now: ReadonlyMap<string, string>, next: ReadonlyMap<string, string>): PendingChange[] {
  return [...new Set([...now.keys(), ...next.keys()])].flatMap((name) => {
    const before = now.get(name) ?? ''
    const after = next.get(name) ?? ''
    return before === after ? [] : [{ what, name, now: before, next: after }]
  })
}

/** What the next start will change: processors, memory, boot order, disks, cards. Nothing when either text is no XML. */
export function pendingChanges(running: string, inactive: string | null): readonly PendingChange[] {
  if (inactive === null || inactive === running) return []
  const parser = new DOMParser()
  const now = parser.parseFromString(running, 'application/xml').documentElement
  const next = parser.parseFromString(inactive, 'application/xml').documentElement
  if (now.tagName !== 'domain' || next.tagName !== 'domain') return []
  const changes: PendingChange[] = []
  const note = (what: PendingChange['what'], before: string, after: string) => {
    if (before !== after && after !== '') changes.push({ what, name: '', now: before, next: after })
  }
  note('vcpu', textOf(now, 'vcpu'), textOf(next, 'vcpu'))
  note('memory', kibOf(now, 'memory'), kibOf(next, 'memory'))
  const boot = (root: Element) => [...root.querySelectorAll('os > boot')].map((one) => attributeOf(one, 'dev')).join(', ')
  note('boot', boot(now), boot(next))
  return [
    ...changes,
    ...compareMaps('disk', disksOf(now), disksOf(next)),
    ...compareMaps('interface', interfacesOf(now), interfacesOf(next)),
  ]
}
