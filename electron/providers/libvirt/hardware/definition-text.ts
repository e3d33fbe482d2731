import { at, parseXml } from '../../../xml/index.ts'
import { parseTree, type Tree, writeTree } from '../build/xml-tree.ts'
import { keyedDevices } from './device-keys.ts'
import { child, cutSpan, insertInto, readSpans, replaceSpan, type Span, textOfSpan } from './spans.ts'

/** A definition that is changed element by element; all else of it stays as it stands to the byte. */
export class DefinitionText {
  #xml: string

  constructor(xml: string) {
    this.#xml = xml
  }

  get xml(): string {
    return this.#xml
  }

  /** The element at that path from the root's children on, to be changed and put back. */
  read(...path: readonly string[]): Tree | undefined {
    const span = child(readSpans(this.#xml), ...path)
    return span && parseTree(textOfSpan(this.#xml, span))
  }

  /** Puts an element in the place of the one of its name, or into its parent, which is made if there is none. Null takes it away. */
  put(parent: readonly string[], name: string, next: Tree | null, after?: string): void {
    const found = child(readSpans(this.#xml), ...parent, name)
    if (found) this.#xml = next ? replaceSpan(this.#xml, found, writeTree(next)) : cutSpan(this.#xml, found)
    else if (next) this.#insert(parent, next, after)
  }

  /** Takes away every child of that name. */
  clear(parent: readonly string[], name: string): void {
    for (let found = child(readSpans(this.#xml), ...parent, name); found; found = child(readSpans(this.#xml), ...parent, name))
      this.#xml = cutSpan(this.#xml, found)
  }

  /** One more child of the name that it has. */
  add(parent: readonly string[], next: Tree): void {
    this.#insert(parent, next, next.name)
  }

  /** Takes away an element in which nothing is left. */
  tidy(...path: readonly string[]): void {
    const found = child(readSpans(this.#xml), ...path)
    if (found && found.children.length === 0) this.#xml = cutSpan(this.#xml, found)
  }

  device(key: string): Tree | undefined {
    const span = this.#deviceSpan(key)
    return span && parseTree(textOfSpan(this.#xml, span))
  }

  deviceKeys(): readonly string[] {
    return keyedDevices(at(parseXml(this.#xml), 'devices')).map((device) => device.key)
  }

  /** Null takes it away. A key that is not there changes nothing. */
  putDevice(key: string, next: Tree | string | null): void {
    const span = this.#deviceSpan(key)
    if (!span) return
    const text = typeof next === 'string' || next === null ? next : writeTree(next)
    this.#xml = text === null ? cutSpan(this.#xml, span) : replaceSpan(this.#xml, span, text)
  }

  /** Behind the last device of its sort. `next` may be text as somebody wrote it. */
  addDevice(next: Tree | string): void {
    const text = typeof next === 'string' ? next.trim() : writeTree(next)
    const name = typeof next === 'string' ? readSpans(text).name : next.name
    const devices = child(readSpans(this.#xml), 'devices')
    if (!devices) throw new SyntaxError('The definition has no devices')
    this.#xml = insertInto(
      this.#xml,
      devices,
      text,
      devices.children.findLast((each) => each.name === name),
    )
  }

  #deviceSpan(key: string): Span | undefined {
    const found = keyedDevices(at(parseXml(this.#xml), 'devices')).find((device) => device.key === key)
    return found && child(readSpans(this.#xml), 'devices')?.children[found.index]
  }

  #insert(parent: readonly string[], next: Tree, after: string | undefined): void {
    const root = readSpans(this.#xml)
    const inside = child(root, ...parent)
    if (inside) {
      const behind = after === undefined ? undefined : inside.children.findLast(({ name }) => name === after)
      this.#xml = insertInto(this.#xml, inside, writeTree(next), behind)
      return
    }
    const name = parent.at(-1) ?? ''
    this.#insert(parent.slice(0, -1), { name, attributes: {}, nodes: [] }, 'vcpu')
    this.#insert(parent, next, undefined)
  }
}
