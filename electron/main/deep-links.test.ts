import { expect, test } from 'vitest'
import { pathOfDeepLink } from './deep-links.ts'

test.each([
  ['novacron://open/machines/c1.m.42', '/machines/c1.m.42'],
  ['novacron://open/fleet?q=state%3Arunning', '/fleet?q=state%3Arunning'],
  ['novacron://open', '/'],
  ['novacron://open/a/../tasks', '/tasks'],
])('%s leads to %s', (link, path) => {
  expect(pathOfDeepLink(link)).toBe(path)
})

test.each([
  'novacron://evil.example/fleet',
  'novacron://open:80/fleet',
  'novacron://user@open/fleet',
  'novacron://open//evil.example/',
  'novacron://open/\\evil.example',
  'novacron://open/%2e%2e%2fetc',
  'novacron://open/a%5cb',
  'novacron://open/%00',
  'https://open/fleet',
  'novacron:javascript:alert(1)',
  'not a link',
  `novacron://open/${'a'.repeat(2_000)}`,
])('%s is refused', (link) => {
  expect(pathOfDeepLink(link)).toBeNull()
})
