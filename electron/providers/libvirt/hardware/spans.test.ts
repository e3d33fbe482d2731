import { expect, test } from 'vitest'
import { child, cutSpan, insertInto, readSpans, replaceSpan, textOfSpan } from './spans.ts'

const XML = `<?xml version='1.0'?>
<!-- <devices> is no element here -->
<domain type='kvm'>
  <name>a &lt;b&gt;</name>
  <description><![CDATA[</domain><devices/>]]></description>
  <devices>
    <disk a="1>2"/>
    <disk>
      <target dev='vdb'/>
    </disk>
  </devices>
</domain>
`

test('elements are found where they stand; comments, CDATA and attributes are none', () => {
  const root = readSpans(XML)
  expect(root.name).toBe('domain')
  expect(root.children.map(({ name }) => name)).toEqual(['name', 'description', 'devices'])
  expect(child(root, 'devices')?.children.map((each) => textOfSpan(XML, each))).toEqual([
    '<disk a="1>2"/>',
    "<disk>\n      <target dev='vdb'/>\n    </disk>",
  ])
  expect(child(root, 'devices', 'nothing')).toBeUndefined()
})

test.each(['<a><b></a>', '<a>', 'no element', '<a></b>'])('%s does not close', (text) => {
  expect(() => readSpans(text)).toThrow(SyntaxError)
})

test('a change leaves all else as it stands to the byte', () => {
  const devices = child(readSpans(XML), 'devices')
  const [first, second] = devices?.children ?? []
  if (!devices || !first || !second) throw new Error('no devices')
  expect(replaceSpan(XML, first, '<x/>')).toBe(XML.replace('<disk a="1>2"/>', '<x/>'))
  expect(cutSpan(XML, first)).toBe(XML.replace('\n    <disk a="1>2"/>', ''))
  expect(insertInto(XML, devices, '<y>\n  <z/>\n</y>', first)).toBe(
    XML.replace('<disk a="1>2"/>', '<disk a="1>2"/>\n    <y>\n      <z/>\n    </y>'),
  )
  expect(insertInto(XML, devices, '<y/>')).toBe(XML.replace('    </disk>\n', '    </disk>\n    <y/>\n'))
})

test('an empty element is opened for what is put into it', () => {
  expect(insertInto('<a>\n  <b c="d"/>\n</a>', child(readSpans('<a>\n  <b c="d"/>\n</a>'), 'b') ?? readSpans('<a/>'), '<e/>')).toBe(
    '<a>\n  <b c="d">\n    <e/>\n  </b>\n</a>',
  )
  expect(insertInto('<a></a>', readSpans('<a></a>'), '<e/>')).toBe('<a>\n  <e/>\n</a>')
})
