import { element, parseTree, printTree, type Tree } from './definition-tree.ts'

const SAID_ELSEWHERE: ReadonlySet<string> = new Set(['name', 'uuid', 'title', 'description', 'metadata'])

/** An edited definition under the name, title and notes that the machine has by now; `fresh` is a definition that says them. */
export function withFacts(domain: Tree, fresh: string): string {
  const now = parseTree(fresh)
  const said = now.children.filter(({ name }) => SAID_ELSEWHERE.has(name))
  const rest = domain.children.filter(({ name }) => !SAID_ELSEWHERE.has(name))
  return `${printTree(element('domain', now.attributes, [...said, ...rest]))}\n`
}
