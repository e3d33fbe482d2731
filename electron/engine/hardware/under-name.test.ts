import { expect, test } from 'vitest'
import { underName } from './under-name.ts'

test('a definition of before a renaming bears today’s name, and the rest of it stays to the byte', () => {
  const xml = "<domain type='kvm'>\n  <name>a &amp; b</name>\n  <metadata><x><name>a</name></x></metadata>\n</domain>\n"
  expect(underName(xml, 'c < $&')).toEqual({ xml: xml.replace('a &amp; b', () => 'c &lt; $&amp;'), was: 'a & b' })
  expect(underName(xml, 'a & b')).toBeNull()
})

test('where the name is not where it is looked for, nothing is made up', () => {
  expect(underName('<domain><metadata><name>x</name></metadata><name>a</name></domain>', 'b')).toBeNull()
  expect(underName('<domain/>', 'b')).toBeNull()
  expect(underName('kept setMemory', 'b')).toBeNull()
})
