import { expect, test } from 'vitest'
import { reachedAt } from './reach.ts'

const target = { hostName: 'kvm-2', addresses: ['192.168.122.1', '10.0.0.2', '10.1.0.2'] }

test.each([
  ['the first that is not the asking host’s own as well', target, ['10.0.0.1', '192.168.122.1'], '10.0.0.2'],
  ['the first', target, ['10.0.0.1'], '192.168.122.1'],
  ['nothing else is known', { ...target, addresses: ['192.168.122.1'] }, ['192.168.122.1'], '192.168.122.1'],
  ['its name, of one that tells no address', { ...target, addresses: [] }, ['10.0.0.1'], 'kvm-2'],
])('%s', (_what, there, addresses, expected) => {
  expect(reachedAt(there, { addresses })).toBe(expected)
})
