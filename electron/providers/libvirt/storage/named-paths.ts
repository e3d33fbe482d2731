import { posix } from 'node:path'
import type { SharedPlace } from '../../../../shared/model/index.ts'
import { attributeOf, childrenOf, parseXml, type XmlElement } from '../../../xml/index.ts'
import { openEnd } from '../domain-facts.ts'
import { absolute, serversOf } from './shared-pools.ts'

/** Each with who names it. */
export type Named<T = string> = ReadonlyMap<T, ReadonlySet<string>>

/** Disks that QEMU reaches over the network by itself, by what their servers serve. */
const SERVED: ReadonlyMap<string, string> = new Map([
  ['rbd', 'rbd'],
  ['gluster', 'gluster'],
  ['nfs', 'files'],
  ['sheepdog', 'sheepdog'],
  ['vxhs', 'vxhs'],
])

/** Everything on the host that definitions name. */
export class NamedPaths {
  readonly #paths = new Map<string, Set<string>>()
  readonly #volumes = new Map<string, { readonly pool: string; readonly volume: string; readonly by: Set<string> }>()
  /** Images that may be built on others, which the definition does not say. */
  readonly #images = new Set<string>()
  /** Folders that a guest is given as a whole. */
  readonly #folders = new Map<string, Set<string>>()
  readonly #remote: Array<{ readonly place: SharedPlace; readonly by: string }> = []

  /**
   * Whatever looks like a path in a machine's definition, a snapshot's or a saved state's, wherever it stands: disks and what they are built on,
   * CDs, kernels, initrds, NVRAM, memory files, and what a newer libvirt may add. Throws SyntaxError for what is no XML.
   */
  addDefinition(xml: string, by: string): void {
    this.#walk(parseXml(xml), by)
  }

  addPath(path: string, by: string): void {
    note(this.#paths, posix.normalize(path), by)
  }

  /** All of them. */
  get paths(): Named {
    return this.#paths
  }

  /** By pool and name. */
  get volumes(): Iterable<{ readonly pool: string; readonly volume: string; readonly by: ReadonlySet<string> }> {
    return this.#volumes.values()
  }

  /** Of these what they are built on has to be looked for in the files. */
  get images(): ReadonlySet<string> {
    return this.#images
  }

  /** Each with a slash at its end. */
  get folders(): Named {
    return this.#folders
  }

  get remote(): readonly { readonly place: SharedPlace; readonly by: string }[] {
    return this.#remote
  }

  names(pool: string, volume: string, path: string): boolean {
    if (this.#paths.has(path) || this.#volumes.has(`${pool}/${volume}`)) return true
    for (const folder of this.#folders.keys()) if (path.startsWith(folder)) return true
    return false
  }

  #walk(element: XmlElement, by: string): void {
    for (const value of Object.values(element.attributes)) this.#note(value, by)
    if (element.children.length === 0) this.#note(element.text.trim(), by)
    const { pool, volume, protocol, name } = element.attributes
    if (pool !== undefined && volume !== undefined) this.#noteVolume(pool, volume, by)
    if (protocol !== undefined && name !== undefined) this.#noteRemote(element, protocol, name, by)
    if (element.name === 'filesystem') {
      for (const source of childrenOf(element, 'source')) {
        const folder = attributeOf(source, 'dir')
        if (folder?.startsWith('/')) note(this.#folders, folder.endsWith('/') ? folder : `${folder}/`, by)
      }
    }
    if (element.name === 'disk') {
      const { file, dev } = openEnd(element)?.attributes ?? {}
      const path = file ?? dev
      if (path?.startsWith('/')) this.#images.add(posix.normalize(path))
    }
    for (const child of element.children) this.#walk(child, by)
  }

  #note(value: string, by: string): void {
    if (value.startsWith('/')) this.addPath(value, by)
  }

  #noteVolume(pool: string, volume: string, by: string): void {
    const known = this.#volumes.get(`${pool}/${volume}`)
    if (known) known.by.add(by)
    else this.#volumes.set(`${pool}/${volume}`, { pool, volume, by: new Set([by]) })
  }

  /** Of RBD the volume's name begins with its pool's name there: `images/web-1`. */
  #noteRemote(source: XmlElement, protocol: string, name: string, by: string): void {
    note(this.#paths, name, by)
    const kind = SERVED.get(protocol)
    if (kind !== undefined) this.#remote.push({ place: { kind, servers: serversOf(source), path: absolute(name) }, by })
  }
}

function note(map: Map<string, Set<string>>, name: string, by: string): void {
  const known = map.get(name)
  if (known) known.add(by)
  else map.set(name, new Set([by]))
}
