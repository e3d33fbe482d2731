import { expect, test } from 'vitest'
import type { Store } from '../store.ts'

export function writeProfileTests(store: () => Store, restart: () => Promise<void>): void {
  test('write profiles: one a machine, in pages by their ids, after a restart too', async () => {
    const ids = async (afterId: string, limit: number) =>
      (await store().writeProfiles.load({ afterId, limit })).map(({ machineId }) => machineId)
    await store().writeProfiles.save(['m3', 'm1', 'm2'].map((machineId) => ({ machineId, body: { newest: 1, of: machineId } })))
    await store().writeProfiles.save([{ machineId: 'm2', body: { newest: 2 } }])
    await store().writeProfiles.save([])
    await restart()
    expect(await ids('', 2)).toEqual(['m1', 'm2'])
    expect(await store().writeProfiles.load({ afterId: 'm1', limit: 9 })).toEqual([
      { machineId: 'm2', body: { newest: 2 } },
      { machineId: 'm3', body: { newest: 1, of: 'm3' } },
    ])
    await store().writeProfiles.remove(['m1', 'm3', 'm9'])
    expect(await ids('', 9)).toEqual(['m2'])
  })

  test('write profiles: more at a time than one statement takes', async () => {
    const rows = Array.from({ length: 450 }, (_, at) => ({ machineId: `m${String(at).padStart(3, '0')}`, body: { newest: at } }))
    await store().writeProfiles.save(rows)
    expect(await store().writeProfiles.load({ afterId: '', limit: 500 })).toEqual(rows)
    await store().writeProfiles.remove(rows.map(({ machineId }) => machineId))
    expect(await store().writeProfiles.load({ afterId: '', limit: 500 })).toEqual([])
  })
}
