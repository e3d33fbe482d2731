import { expect, test } from 'vitest'
import { edited, rangeAt, rangesOf, withAttribute } from './xml-ranges.ts'

test('elements are found where they stand, whatever looks like them', () => {
  const xml = `<?xml version="1.0"?><a x='>' ><!-- <b/> --><b k="</b>">t<c/></b><![CDATA[<b>]]><b/></a>`
  const root = rangesOf(xml)
  expect(root.children.map(({ name }) => name)).toEqual(['b', 'b'])
  const b = rangeAt(root, 'b')
  expect(b && xml.slice(b.start, b.end)).toBe(`<b k="</b>">t<c/></b>`)
  expect(b && xml.slice(b.openEnd, b.closeStart)).toBe('t<c/>')
  expect(rangeAt(root, 'b', 'c', 'd')).toBeUndefined()
  expect(() => rangesOf('<a></b>')).toThrow(SyntaxError)
  expect(() => rangesOf('text')).toThrow(SyntaxError)
})

test('edits are made whatever their order', () => {
  expect(
    edited('0123456789', [
      { start: 8, end: 10, text: 'x' },
      { start: 0, end: 1, text: 'abc' },
      { start: 4, end: 4, text: '-' },
    ]),
  ).toBe('abc123-4567x')
})

test('an attribute is set or added, in either kind of quotes', () => {
  expect(withAttribute(`<disk type="block" device='disk'>`, 'type', 'file')).toBe(`<disk type='file' device='disk'>`)
  expect(withAttribute('<driver/>', 'type', 'qcow2')).toBe(`<driver type='qcow2'/>`)
  expect(withAttribute(`<driver  name='type' >`, 'type', 'qcow2')).toBe(`<driver  name='type' type='qcow2'>`)
})
