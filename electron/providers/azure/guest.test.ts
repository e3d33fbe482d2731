import { expect, test } from 'vitest'
import { outcomeOf } from './guest.ts'

test.each([
  [
    'Linux: both in one text',
    [{ code: 'ProvisioningState/succeeded', message: 'Enable succeeded: \n[stdout]\none\ntwo\n\n[stderr]\noops\n' }],
    { stdout: 'one\ntwo\n', stderr: 'oops' },
  ],
  [
    'Windows: a status each',
    [
      { code: 'ComponentStatus/StdOut/succeeded', message: 'one' },
      { code: 'ComponentStatus/StdErr/succeeded', message: '' },
    ],
    { stdout: 'one', stderr: '' },
  ],
  ['another form: all of it', [{ code: 'ProvisioningState/succeeded', message: 'one' }], { stdout: 'one', stderr: '' }],
  ['nothing', undefined, { stdout: '', stderr: '' }],
])('%s', (_, value, outcome) => {
  expect(outcomeOf(value && { value })).toEqual({ exitCode: null, ...outcome })
})
