import { expect, test } from 'vitest'
import { allows } from './roles.ts'

const START = 'Microsoft.Compute/virtualMachines/start/action'

test.each([
  ['everything', [{ actions: ['*'], notActions: [] }], true],
  ['all of a kind, in another case', [{ actions: ['microsoft.compute/virtualMachines/*'], notActions: [] }], true],
  ['a star in the middle', [{ actions: ['Microsoft.Compute/*/action'], notActions: [] }], true],
  ['reading alone', [{ actions: ['*/read'], notActions: [] }], false],
  ['everything but that', [{ actions: ['*'], notActions: ['Microsoft.Compute/virtualMachines/start/*'] }], false],
  [
    'taken back by one role and given by another',
    [
      { actions: ['*'], notActions: ['Microsoft.Compute/*'] },
      { actions: [START], notActions: [] },
    ],
    true,
  ],
  ['no role', [], false],
  ['a dot is a dot', [{ actions: ['MicrosoftXCompute/virtualMachines/start/action'], notActions: [] }], false],
])('%s', (_, roles, allowed) => {
  expect(allows(roles, START)).toBe(allowed)
})
