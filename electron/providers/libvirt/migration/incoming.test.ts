import { expect, test } from 'vitest'
import { type HostId, type MachineId, migrationSpecSchema } from '../../../../shared/model/index.ts'
import { LibvirtError } from '../../../libvirt/index.ts'
import type { OutgoingFacts } from '../../provider.ts'
import { VIR_ERR } from '../problems.ts'
import { poolOf } from './incoming.ts'

const POOL = { name: 'images', active: true, type: 'dir', target: '/images', availableBytes: 1 }
const FACTS = { disks: [{ target: 'vda', pool: 'images', volume: 'web.qcow2' }] } as unknown as OutgoingFacts
const WISH = migrationSpecSchema.parse({
  machineId: 'c1.m.web' as MachineId,
  targetHostId: 'c2.h.b' as HostId,
  mode: 'live',
  disks: [{ target: 'vda', how: 'copy' }],
})

/** What the pool has of the volumes that would be made, of a host that answers the look for one with that error; null: with a volume. */
function takenWhere(number: number | null) {
  const call = async (procedure: string) => {
    if (procedure !== 'storageVolLookupByName') return { pool: POOL }
    if (number === null) return { vol: {} }
    const remote = { number, domain: 18, level: 2, str1: null, str2: null, str3: null, int1: 0, int2: 0 }
    throw new LibvirtError('remote-failure', 'libvirt.test', 'said', { procedure, sent: true, remote })
  }
  const context = { host: { call }, work: { signal: new AbortController().signal, sent: false } } as never
  return poolOf(context, POOL, FACTS, WISH).then(({ taken }) => taken)
}

test('a name is free when the pool says so, and not when it cannot tell', async () => {
  expect(await takenWhere(null)).toEqual(['web.qcow2'])
  expect(await takenWhere(VIR_ERR.noStorageVolume)).toEqual([])
  await expect(takenWhere(VIR_ERR.operationInvalid)).rejects.toMatchObject({ message: 'said' })
})

test.each(['..', '.', 'a/b', '../web.qcow2', ''])('a volume is a name and no way: %j', (volume) => {
  expect(migrationSpecSchema.safeParse({ ...WISH, disks: [{ target: 'vda', how: 'copy', volume }] }).success).toBe(false)
})

test.each(['web.qcow2', '..web', ' my “web” disk\n2', '.hidden'])('whatever the name is: %j', (volume) => {
  expect(migrationSpecSchema.safeParse({ ...WISH, disks: [{ target: 'vda', how: 'copy', volume }] }).success).toBe(true)
})
