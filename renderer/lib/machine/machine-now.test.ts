import { expect, test } from 'vitest'
import type { Machine } from '../../../shared/model/index.ts'
import { machineNow } from './machine-now.ts'

const UUID = '1b671a64-40d5-491e-99b0-da01ff1f3341'

function storeWith(...ids: readonly string[]) {
  const machines = ids.map((id) => ({ id, nativeRef: id.split('.m.')[1] ?? '' }) as Machine)
  return { tables: { machine: new Map(machines.map((machine) => [machine.id, machine])) } } as unknown as Parameters<typeof machineNow>[0]
}

test.each([
  ['where it was', [`c1.m.${UUID}`, `c2.m.${UUID}`], `c1.m.${UUID}`, `c1.m.${UUID}`],
  ['at the host that it moved to', [`c2.m.${UUID}`], `c1.m.${UUID}`, `c2.m.${UUID}`],
  ['nowhere, as it was deleted', [], `c1.m.${UUID}`, undefined],
  ['nowhere, where references are a connection’s own: the same one elsewhere is another machine', ['c2.m.vm-1'], 'c1.m.vm-1', undefined],
])('a machine is found %s', (_name, there, id, found) => {
  expect(machineNow(storeWith(...there), id)?.id).toBe(found)
})
