import { posix } from 'node:path'
import { attributeOf, childrenOf, parseXml, type XmlElement } from '../../../xml/index.ts'
import { openEnd } from '../domain-facts.ts'

/** Everything on the host that definitions name. */
export class NamedPaths {
  readonly #paths = new Set<string>()
  /** `pool/volume`. */
  readonly #volumes = new Set<string>()
  /** Images that may be built on others, which the definition does not say. */
  readonly #images = new Set<string>()
  /** Folders that a guest is given as a whole. */
  readonly #folders = new Set<string>()

  /**
   * Whatever looks like a path in a machine's definition, a snapshot's or a saved state's, wherever it stands: disks and what they are built on,
   * CDs, kernels, initrds, NVRAM, memory files, and what a newer libvirt may add. Throws SyntaxError for what is no XML.
   */
  addDefinition(xml: string): void {
    this.#walk(parseXml(xml))
  }

  addPath(path: string): void {
    this.#paths.add(posix.normalize(path))
  }

  /** All of them. */
  get paths(): ReadonlySet<string> {
    return this.#paths
  }

  /** Of these what they are built on has to be looked for in the files. */
  get images(): ReadonlySet<string> {
    return this.#images
  }

  names(pool: string, volume: string, path: string): boolean {
    if (this.#paths.has(path) || this.#volumes.has(`${pool}/${volume}`)) return true
    for (const folder of this.#folders) if (path.startsWith(folder)) return true
    return false
  }

  #walk(element: XmlElement): void {
    for (const value of Object.values(element.attributes)) this.#note(value)
    if (element.children.length === 0) this.#note(element.text.trim())
    const { pool, volume, protocol, name } = element.attributes
    if (pool !== undefined && volume !== undefined) this.#volumes.add(`${pool}/${volume}`)
    // Of RBD the volume's name begins with its pool's name there: `images/web-1`.
    if (protocol !== undefined && name !== undefined) this.#paths.add(name)
    if (element.name === 'filesystem') {
      for (const source of childrenOf(element, 'source')) {
        const folder = attributeOf(source, 'dir')
        if (folder?.startsWith('/')) this.#folders.add(folder.endsWith('/') ? folder : `${folder}/`)
      }
    }
    if (element.name === 'disk') {
      const { file, dev } = openEnd(element)?.attributes ?? {}
      const path = file ?? dev
      if (path?.startsWith('/')) this.#images.add(posix.normalize(path))
    }
    for (const child of element.children) this.#walk(child)
  }

  #note(value: string): void {
    if (value.startsWith('/')) this.addPath(value)
  }
}
