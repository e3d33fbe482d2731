import { expect, test } from 'vitest'
import { parseXml } from '../../../xml/index.ts'
import { WINDOWS_XML } from '../testing/windows-domain.ts'
import { child, children, element, indented, insert, parseTree, remove, setText, textElement, writeTree } from './xml-tree.ts'

test('what is read and not touched comes out as it went in', () => {
  for (const xml of [
    WINDOWS_XML.trim(),
    `<a b='x &amp; &#x1F69A; "q"'>t &lt; &#65;<!-- why --> <c/><d><![CDATA[<&]]></d>\n</a>`,
    "<a xmlns:q='urn:q'><q:b q:c=''> </q:b></a>",
  ]) {
    expect(writeTree(parseTree(xml)).replaceAll('"', "'")).toBe(xml.replaceAll('"', "'"))
  }
  expect(() => parseTree('')).toThrow(SyntaxError)
})

test('attributes in double quotes survive an apostrophe', () => {
  expect(writeTree(parseTree(`<a b="it's"/>`))).toBe("<a b='it&apos;s'/>")
})

test('nothing breaks out of what is written', () => {
  const evil = `'"<>&]]><x/>\n\t\r🚚 &amp;`
  const xml = writeTree(element('a', { b: evil }, textElement('c', evil)))
  expect(parseXml(xml)).toMatchObject({ attributes: { b: evil }, children: [{ text: evil }] })
  expect(xml).not.toMatch(/b='[^']*[\n\t\r]/)
})

test.each(['\u0000', 'a\u0007b', '\ufffe', '\ud83d'])('%j is refused', (text) => {
  expect(() => textElement('a', text)).toThrow(expect.objectContaining({ kind: 'invalid-input', code: 'machine.text-invalid' }))
  expect(() => element('a', { b: text })).toThrow(expect.objectContaining({ code: 'machine.text-invalid' }))
})

test('what has no value is left out', () => {
  expect(writeTree(element('a', { b: null, c: undefined, d: 0 }, null, false, element('e')))).toBe("<a d='0'><e/></a>")
})

test('elements are put in and taken out with their lines', () => {
  const tree = parseTree('<a>\n  <b/>\n  <c>x</c>\n</a>')
  insert(tree, element('d', {}, element('e')), 0)
  const b = child(tree, 'b')
  insert(tree, element('b2'), 0, b)
  expect(writeTree(tree)).toBe('<a>\n  <b/>\n  <b2/>\n  <c>x</c>\n  <d>\n    <e/>\n  </d>\n</a>')
  for (const each of children(tree)) if (each.name !== 'c') remove(tree, each)
  expect(writeTree(tree)).toBe('<a>\n  <c>x</c>\n</a>')
  const empty = parseTree('<a/>')
  insert(empty, element('b'), 0)
  expect(writeTree(empty)).toBe('<a>\n  <b/>\n</a>')
})

test('new elements are indented, text is not', () => {
  const description = textElement('description', ' two\nlines ')
  expect(writeTree(indented(element('domain', {}, description, element('os', {}, element('boot')))))).toBe(
    '<domain>\n  <description> two\nlines </description>\n  <os>\n    <boot/>\n  </os>\n</domain>',
  )
  setText(description, '')
  expect(writeTree(description)).toBe('<description/>')
})
