import { expect, test } from 'vitest'
import { ownerOf, parseId, refOf } from './ids.ts'

const ID = '/subscriptions/EA42/resourceGroups/TEST_VM/providers/Microsoft.Compute/virtualMachines/web-1'

test('an id is taken apart in any case', () => {
  const parts = { subscription: 'ea42', group: 'TEST_VM', type: 'microsoft.compute/virtualmachines', name: 'web-1' }
  expect(parseId(ID)).toEqual(parts)
  expect(parseId(refOf(ID))).toEqual({ ...parts, group: 'test_vm' })
})

test.each(['', 'web-1', '/subscriptions/EA42', `${ID}/extensions/script`, ID.replace('/providers', '')])(
  '%s is none of a machine',
  (id) => {
    expect(parseId(id)).toBeNull()
  },
)

test('a part knows its whole', () => {
  expect(ownerOf('/subscriptions/S/resourceGroups/G/providers/Microsoft.Network/virtualNetworks/V/subnets/default')).toBe(
    '/subscriptions/s/resourcegroups/g/providers/microsoft.network/virtualnetworks/v',
  )
})
