import { expect, test } from 'vitest'
import { withSecretsOf } from './redefine.ts'

const graphics = (attributes: string) => `<domain><devices><graphics ${attributes}/></devices></domain>`

test('a password that nobody was shown goes on, and is not written over or given to another kind of display', () => {
  const before = graphics("type='vnc' passwd='hush &amp; more'")
  expect(withSecretsOf(before, graphics("type='vnc' port='-1'"))).toBe(graphics("type='vnc' port='-1' passwd='hush &amp; more'"))
  expect(withSecretsOf(before, graphics("type='vnc' passwd='own'"))).toBe(graphics("type='vnc' passwd='own'"))
  expect(withSecretsOf(before, graphics("type='spice'"))).toBe(graphics("type='spice'"))
  expect(withSecretsOf(before, '<domain><devices/></domain>')).toBe('<domain><devices/></domain>')
})
