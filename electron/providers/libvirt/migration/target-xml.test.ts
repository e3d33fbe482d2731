import { describe, expect, test } from 'vitest'
import { targetXmlOf } from './target-xml.ts'

const MAC = '52:54:00:00:00:01'
const domain = (os: string, source = "<source network='prod' portgroup='guests' portid='1'/>") =>
  `<domain><name>web</name><os>${os}</os><devices><interface type='network'><mac address='${MAC}'/>${source}</interface></devices></domain>`

describe('the settings of UEFI lie elsewhere', () => {
  test.each([
    ['chosen by the host', '<type>hvm</type>', '<type>hvm</type><nvram>/n/b.fd</nvram>'],
    ['named', '<nvram>/n/a.fd</nvram>', '<nvram>/n/b.fd</nvram>'],
    ['named, from a template', "<nvram template='/t.fd'>/n/a.fd</nvram>", "<nvram template='/t.fd'>/n/b.fd</nvram>"],
    ['a template alone', "<nvram template='/t.fd'/>", "<nvram template='/t.fd'>/n/b.fd</nvram>"],
    ['as a source', "<nvram type='file'><source file='/n/a.fd'/></nvram>", "<nvram type='file'><source file='/n/b.fd'/></nvram>"],
  ])('%s', (_name, before, after) => {
    expect(targetXmlOf(domain(before), { nics: [] }, [], { path: '/n/b.fd', isUsual: false })).toBe(domain(after))
  })

  test.each([
    ['a definition that names none names none', '<type>hvm</type>', '<type>hvm</type>'],
    ['one that names another names this one', '<nvram>/n/a.fd</nvram>', '<nvram>/n/b.fd</nvram>'],
  ])('where their host looks by itself: %s', (_name, before, after) => {
    expect(targetXmlOf(domain(before), { nics: [] }, [], { path: '/n/b.fd', isUsual: true })).toBe(domain(after))
  })

  test('a name that XML would misread is escaped', () => {
    expect(targetXmlOf(domain('<nvram>/n/a.fd</nvram>'), { nics: [] }, [], { path: '/n/b&c.fd', isUsual: false })).toContain(
      '<nvram>/n/b&amp;c.fd</nvram>',
    )
  })
})

test.each([
  ['stays in its port group', { kind: 'network', name: 'prod', portGroup: 'guests' }, "<source network='prod' portgroup='guests'/>"],
  ['leaves it', { kind: 'network', name: 'prod', portGroup: null }, "<source network='prod'/>"],
  ['goes to another network', { kind: 'network', name: 'lan' }, "<source network='lan'/>"],
] as const)('a card %s', (_name, on, source) => {
  expect(targetXmlOf(domain(''), { nics: [{ mac: MAC, on }] }, [])).toBe(domain('', source))
})
