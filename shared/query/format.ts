import type { FieldNode, QueryNode, QueryValue, TextPattern } from './ast.ts'

/** Needs no quotes anywhere: as a word by itself it cannot be taken for a field, a negation or a wildcard. */
const BARE_WORD = /^[\p{L}\p{N}_./@#+%][\p{L}\p{N}_./@#+%-]*$/u
/** After an operator colons, equal signs and a leading minus are harmless too. */
const BARE_VALUE = /^[\p{L}\p{N}_./@#+%:=-]+$/u

export function quoteText(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

function formatLiteral(text: string, place: 'word' | 'value'): string {
  const bare = place === 'word' ? BARE_WORD : BARE_VALUE
  return bare.test(text) && !text.includes('..') ? text : quoteText(text)
}

/** Spells a value so that it is read back as exactly this text, with quotes only where needed. */
export function formatValue(text: string): string {
  return formatLiteral(text, 'value')
}

function formatPattern(pattern: TextPattern, place: 'word' | 'value'): string {
  if (pattern.kind === 'literal') return formatLiteral(pattern.text, place)
  // Wildcards stay outside quotes: `"my web "*`.
  const parts = pattern.text.match(/\\[\s\S]|[*?]|[^\\*?]+|\\/g) ?? []
  let output = ''
  let literal = ''
  const flush = () => {
    // The field syntax is read from the start of a word only, so what follows a wildcard may be spelt like a value, save its colons.
    if (literal !== '') output += formatLiteral(literal, output === '' ? place : 'value')
    literal = ''
  }
  for (const part of parts) {
    if (part === '*' || part === '?') {
      flush()
      output += part
    } else literal += part.startsWith('\\') && part.length === 2 ? part.slice(1) : part
  }
  flush()
  return output
}

function formatListed(value: QueryValue): string {
  return value.kind === 'range' ? `${value.from}..${value.to}` : formatPattern(value, 'value')
}

/** `/` inside a pattern would end it. */
function formatRegex(source: string): string {
  return source.replace(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\//g, (part) => (part === '/' ? '\\/' : part))
}

function formatField({ field, test }: FieldNode): string {
  switch (test.kind) {
    case 'present':
      return `has:${formatLiteral(field, 'value')}`
    case 'compare':
      return `${field}${test.op}${formatLiteral(test.value, 'value')}`
    case 'contains':
      return `${field}~${test.text.startsWith('/') ? quoteText(test.text) : formatLiteral(test.text, 'value')}`
    case 'regex':
      return `${field}~/${formatRegex(test.source)}/${test.flags}`
    case 'match':
      return `${field}${test.op}${test.values.map(formatListed).join(',')}`
  }
}

function formatNode(node: QueryNode, inside: 'top' | 'or' | 'and' | 'not'): string {
  switch (node.kind) {
    case 'all':
      return ''
    case 'text':
      return formatPattern(node.value, 'word')
    case 'field':
      return formatField(node)
    case 'not':
      return `-${formatNode(node.item, 'not')}`
    case 'and': {
      const text = node.items.map((item) => formatNode(item, 'and')).join(' ')
      return inside === 'not' ? `(${text})` : text
    }
    case 'or': {
      const text = node.items.map((item) => formatNode(item, 'or')).join(' | ')
      return inside === 'and' || inside === 'not' ? `(${text})` : text
    }
  }
}

/** The canonical spelling. `parseQuery` of it gives an equal AST. */
export function formatQuery(ast: QueryNode): string {
  return formatNode(ast, 'top')
}
