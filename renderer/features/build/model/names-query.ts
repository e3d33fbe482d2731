import { formatValue } from '../../../../shared/query/index.ts'

const NAMED_EACH = 12

/** A query that finds machines of these names. Many are found by what their names begin with. */
export function queryOfNames(names: readonly string[]): string {
  if (names.length > NAMED_EACH) return `name:${formatValue(commonStart(names))}*`
  return names.map((name) => `name:${formatValue(name)}`).join(' | ')
}

function commonStart([first = '', ...others]: readonly string[]): string {
  let length = first.length
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1
  return first.slice(0, length)
}
