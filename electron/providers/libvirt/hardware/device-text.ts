import { child, readSpans, type Span, textOfSpan } from './spans.ts'

/** A device as it stands in the definition, moved to the left. `index`: among the elements inside `<devices>`. */
export function deviceXml(xml: string, index: number): string {
  const span = deviceSpan(xml, index)
  return span ? outdented(xml, span) : ''
}

export function deviceSpan(xml: string, index: number): Span | undefined {
  return child(readSpans(xml), 'devices')?.children[index]
}

function outdented(xml: string, span: Span): string {
  const lineStart = xml.lastIndexOf('\n', span.start) + 1
  const indent = xml.slice(lineStart, span.start)
  const text = textOfSpan(xml, span)
  return /^[ \t]+$/.test(indent) ? text.replaceAll(`\n${indent}`, '\n') : text
}
