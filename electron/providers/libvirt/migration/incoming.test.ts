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

function refusal(procedure: string, number: number): LibvirtError {
  const remote = { number, domain: 18, level: 2, str1: null, str2: null, str3: null, int1: 0, int2: 0 }
  return new LibvirtError('remote-failure', 'libvirt.test', 'said', { procedure, sent: true, remote })
}

/**
 * What is said of the pool by a host that answers the look for a volume with that error (null: with a volume). Its files have not been looked at
 * since there were two of them less, which took the room of 1 byte; `isBroken`: they cannot be read.
 */
function poolWhere({
  number = VIR_ERR.noStorageVolume,
  isBroken = false,
  facts = FACTS,
}: {
  number?: number | null
  isBroken?: boolean
  facts?: OutgoingFacts
} = {}) {
  const calls: string[] = []
  const call = async (procedure: string) => {
    calls.push(procedure)
    const isFresh = calls.includes('storagePoolRefresh')
    if (procedure === 'storagePoolRefresh' && isBroken) throw refusal(procedure, VIR_ERR.operationFailed)
    if (procedure === 'storagePoolGetInfo') return { state: isFresh && isBroken ? 0 : 2, available: isFresh ? 7n : 8n }
    if (procedure !== 'storageVolLookupByName') return { pool: { name: POOL.name, uuid: 'images' } }
    if (number === null && isFresh) return { vol: {} }
    throw refusal(procedure, number ?? VIR_ERR.noStorageVolume)
  }
  const context = {
    host: { call },
    clock: { nowMs: () => 0 },
    log: { debug() {} },
    looks: new Map(),
    work: { signal: new AbortController().signal, sent: false },
  } as never
  return poolOf(context, POOL, facts, WISH).then((pool) => ({ ...pool, calls }))
}

test('a name is free when the pool says so, and not when it cannot tell', async () => {
  expect(await poolWhere({ number: null })).toMatchObject({ taken: ['web.qcow2'] })
  expect(await poolWhere()).toMatchObject({ taken: [] })
  await expect(poolWhere({ number: VIR_ERR.operationInvalid })).rejects.toMatchObject({ message: 'said' })
})

test('its files are looked at before it is said what room there is', async () => {
  expect(await poolWhere()).toMatchObject({ isActive: true, availableBytes: 7 })
  expect(await poolWhere({ isBroken: true })).toMatchObject({ isActive: false, availableBytes: null, taken: [] })
})

test('a pool that nothing goes to is left alone', async () => {
  expect(await poolWhere({ facts: { disks: [] } as never })).toMatchObject({ availableBytes: 1, taken: [], calls: [] })
})

test.each(['..', '.', 'a/b', '../web.qcow2', ''])('a volume is a name and no way: %j', (volume) => {
  expect(migrationSpecSchema.safeParse({ ...WISH, disks: [{ target: 'vda', how: 'copy', volume }] }).success).toBe(false)
})

test.each(['web.qcow2', '..web', ' my “web” disk\n2', '.hidden'])('whatever the name is: %j', (volume) => {
  expect(migrationSpecSchema.safeParse({ ...WISH, disks: [{ target: 'vda', how: 'copy', volume }] }).success).toBe(true)
})
