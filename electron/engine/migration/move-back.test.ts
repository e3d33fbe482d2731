import { expect, test } from 'vitest'
import { type ConnectionId, type HostId, type MachineId, migrationSpecSchema } from '../../../shared/model/index.ts'
import { moveBack } from './move-back.ts'
import { type MovePlan, movePlanSchema } from './move-plan.ts'

const END = { hostRef: 'h', hostName: 'h', address: '10.0.0.1' }
const NOW = Date.UTC(2026, 10, 27)

/** A move of disks with these file names, from `c1` to `c2`, that kept them. */
function planOf(volumes: readonly string[], spec: object = {}): MovePlan {
  const disks = volumes.map((_, index) => ({ target: `vd${index}`, how: 'copy' as const, pool: 'there', volume: `over-${index}` }))
  return {
    spec: migrationSpecSchema.parse({ machineId: 'c1.m.web' as MachineId, targetHostId: 'c2.h.h' as HostId, mode: 'live', disks, ...spec }),
    ref: 'web',
    name: 'web',
    source: { ...END, hostId: 'c1.h.h' as HostId, connectionId: 'c1' as ConnectionId },
    target: { ...END, hostId: 'c2.h.h' as HostId, connectionId: 'c2' as ConnectionId },
    acceptsWarnings: true,
    volumes: volumes.map((volume, index) => ({
      target: `vd${index}`,
      pool: 'there',
      volume: `over-${index}`,
      folder: '/there',
      format: 'qcow2',
      capacityBytes: 1,
      from: { pool: 'here', volume, folder: '/here' },
    })),
    carriage: null,
    nicsBefore: [],
    before: { isPaused: false, isPersistent: true, autostart: false, agentAnswers: false, mark: null },
    slot: null,
    planned: null,
    prediction: null,
    takes: [],
    snapshots: false,
  }
}

const filesOf = (plan: MovePlan) => {
  const back = moveBack(plan, NOW)
  return back && movePlanSchema.parse(back.plan).volumes.map(({ volume }) => volume)
}

test('each disk whose file was kept gets a file of its own, whatever the old ones are called', () => {
  const files = filesOf(planOf(['web-rootdisk.qcow2', 'web-datadisk.qcow2', 'web-mi3k2a00.qcow2', 'web-mi3k2a01.qcow2', 'web.qcow2']))
  expect(files).toEqual([
    expect.stringMatching(/^web-rootdisk-[a-z0-9]{8}\.qcow2$/),
    expect.stringMatching(/^web-datadisk-[a-z0-9]{8}\.qcow2$/),
    // what an earlier way back has put there makes place
    expect.stringMatching(/^web-[a-z0-9]{8}\.qcow2$/),
    expect.stringMatching(/^web-[a-z0-9]{8}\.qcow2$/),
    expect.stringMatching(/^web-[a-z0-9]{8}\.qcow2$/),
  ])
  expect(new Set(files).size).toBe(5)
})

test('a long name stays one that a pool takes', () => {
  expect(filesOf(planOf([`${'w'.repeat(196)}.img`]))).toEqual([expect.stringMatching(/^w{187}-[a-z0-9]{8}\.img$/)])
})

test('deleted at the source, it goes back under its name; in no pool before, there is no way back', () => {
  const deleted = planOf(['web-rootdisk.qcow2'], { sourceDisks: 'delete' })
  expect(filesOf(deleted)).toEqual(['web-rootdisk.qcow2'])
  expect(moveBack({ ...deleted, volumes: deleted.volumes.map((volume) => ({ ...volume, from: null })) }, NOW)).toBeNull()
})
