import type { RandomBytes } from './sha512-crypt.ts'

/** A random UUID, version 4 [RFC 9562 5.4]. */
export function newUuid(randomBytes: RandomBytes): string {
  const bytes = Buffer.from(randomBytes(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** A card's address under the prefix that QEMU and libvirt use, which none of `taken` is; it is added to them. */
export function newMac(randomBytes: RandomBytes, taken: Set<string>): string {
  for (;;) {
    const rest = [...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0'))
    const mac = ['52:54:00', ...rest].join(':')
    if (taken.has(mac)) continue
    taken.add(mac)
    return mac
  }
}

/** Volume names that none of a pool has, and that are not given out twice. */
export class FreeNames {
  /** By pool: names that are there or given out. */
  readonly #taken = new Map<string, Set<string>>()

  constructor(taken: ReadonlyMap<string, readonly string[]>) {
    for (const [pool, names] of taken) this.#taken.set(pool, new Set(names))
  }

  /** `web.qcow2`; where there is one already `web_2.qcow2`, and so on. */
  take(pool: string, name: string, extension: string): string {
    const stem = shortened(name)
    const taken = this.#taken.get(pool) ?? new Set()
    this.#taken.set(pool, taken)
    for (let n = 1; ; n += 1) {
      const free = n === 1 ? `${stem}.${extension}` : `${stem}_${n}.${extension}`
      if (taken.has(free)) continue
      taken.add(free)
      return free
    }
  }
}

/** File systems take names of 255 bytes; what follows the stem takes a few. */
function shortened(name: string): string {
  const characters = Array.from(name)
  while (Buffer.byteLength(characters.join('')) > 200) characters.pop()
  return characters.join('')
}
