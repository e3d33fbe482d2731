import { expect, test } from 'vitest'
import { insertIntoRoot, insertLast } from './xml-insert.ts'

const PATH = ['domain', 'devices']

test('as the last child, and every other byte as it was', () => {
  const xml = `<?xml version='1.0'?>\n<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n  <devices>\n    <disk/>\n  </devices>\n  <qemu:commandline>\n    <qemu:arg value='-s'/>\n  </qemu:commandline>\n</domain>\n`
  const after = insertLast(xml, PATH, '<new/>')
  expect(after).toBe(xml.replace('</devices>', '<new/></devices>'))
})

test.each([
  ['a comment', '<!-- <devices></devices> </domain> -->'],
  ['CDATA', '<metadata><n><![CDATA[</domain><devices></devices>]]></n></metadata>'],
  ['an attribute', `<metadata><n a="<devices></devices>" b='/>'/></metadata>`],
  ['metadata of others', '<metadata><other:devices xmlns:other="u"><devices><x/></devices></other:devices></metadata>'],
  ['a processing instruction', '<?devices <devices></devices> ?>'],
])('what looks like it in %s is none', (_where, before) => {
  const xml = `<domain>${before}<devices><disk/></devices></domain>`
  expect(insertLast(xml, PATH, '<new/>')).toBe(`<domain>${before}<devices><disk/><new/></devices></domain>`)
})

test.each(['<devices/>', '<devices />'])('into an empty one: %s', (empty) => {
  expect(insertLast(`<domain><a/>${empty}<b/></domain>`, PATH, '<new/>')).toBe('<domain><a/><devices><new/></devices><b/></domain>')
})

test.each(['<domain/>', '<domain><a><devices></devices></a></domain>', '<network><devices></devices></network>', 'no XML'])(
  'where there is none, nothing is made up: %s',
  (xml) => {
    expect(() => insertLast(xml, PATH, '<new/>')).toThrow(SyntaxError)
  },
)

test.each([
  ['<!-- <filter> --><filter name="a>b">\n  <rule/></filter>', '<!-- <filter> --><filter name="a>b"><new/>\n  <rule/></filter>'],
  [`<?xml version='1.0'?><filter name='x' />`, `<?xml version='1.0'?><filter name='x'><new/></filter>`],
])('as the first child of the root: %s', (xml, after) => {
  expect(insertIntoRoot(xml, 'filter', '<new/>')).toBe(after)
})

test.each(['<network><filter/></network>', '</filter>', 'no XML'])('another root is left alone: %s', (xml) => {
  expect(() => insertIntoRoot(xml, 'filter', '<new/>')).toThrow(SyntaxError)
})
