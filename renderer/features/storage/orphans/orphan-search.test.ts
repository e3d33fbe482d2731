import { beforeEach, expect, test } from 'vitest'
import { AppError } from '../../../../shared/errors/index.ts'
import type { HostId, Orphan, OrphanReport } from '../../../../shared/model/index.ts'
import type { Api } from '../../../lib/api/index.ts'
import { host } from '../../../lib/testing/fleet-fixture.ts'
import { lookForOrphans, orphansOf, useLooks } from './orphan-search.ts'

function orphan(name: string, bytes: number): Orphan {
  const poolId = 'c1.p.1' as Orphan['poolId']
  return {
    poolId,
    pool: 'default',
    name,
    path: `/p/${name}`,
    format: 'qcow2',
    capacityBytes: bytes,
    allocationBytes: bytes,
    modifiedAtMs: null,
    shared: null,
  }
}

function report(orphans: readonly Orphan[], observedAtMs: number, unseen: OrphanReport['unseen'] = []): OrphanReport {
  return {
    undecided: [],
    orphans: [...orphans],
    totalBytes: orphans.reduce((sum, one) => sum + one.allocationBytes, 0),
    unseen,
    observedAtMs,
  }
}

beforeEach(() => useLooks.setState({ byHost: new Map() }))

test('some hosts at a time are looked through; one that cannot be read takes nothing from the others', async () => {
  let running = 0
  let most = 0
  const api = {
    storage: {
      orphans: async ({ hostId }: { readonly hostId: HostId }) => {
        running += 1
        most = Math.max(most, running)
        await Promise.resolve()
        running -= 1
        if (hostId === host(3).id) throw new AppError({ kind: 'unreachable', code: 'link.not-live', message: 'No link.' })
        return report(
          [orphan(hostId, 5)],
          hostId === host(2).id ? 100 : 200,
          hostId === host(2).id ? [{ code: 'orphans.pool-off', text: 'Off.' }] : [],
        )
      },
    },
  } as unknown as Api
  const hosts = Array.from({ length: 9 }, (_, at) => host(at + 1))
  await lookForOrphans(
    api,
    hosts.map(({ id }) => id),
  )
  expect(most).toBe(4)
  const all = orphansOf(hosts, useLooks.getState().byHost)
  expect(all).toMatchObject({ totalBytes: 40, looked: 8, looking: 0, oldestMs: 100 })
  expect(all.failed.map((one) => one.host.name)).toEqual(['kvm-03'])
  expect(all.unseen.map((one) => one.host.name)).toEqual(['kvm-02'])
  expect(orphansOf(hosts.slice(0, 1), useLooks.getState().byHost).orphans.map(({ hostName }) => hostName)).toEqual(['kvm-01'])
})

test('a report stays when the next look fails', async () => {
  const answers: (() => Promise<OrphanReport>)[] = [
    () => Promise.resolve(report([orphan('a', 1)], 1)),
    () => Promise.reject(new AppError({ kind: 'unreachable', code: 'link.not-live', message: 'No link.' })),
  ]
  const api = { storage: { orphans: () => answers.shift()?.() } } as unknown as Api
  await lookForOrphans(api, [host(1).id])
  await lookForOrphans(api, [host(1).id])
  const all = orphansOf([host(1)], useLooks.getState().byHost)
  expect(all.orphans).toHaveLength(1)
  expect(all.failed).toHaveLength(1)
})

test('what several hosts see is counted once, is looked for on all of them again, and is not certain when one of them doubts it', () => {
  const seen = (name: string, servers: string[]): Orphan => ({
    ...orphan(name, 10),
    shared: { kind: 'files', servers, path: `/x/${name}` },
  })
  const reason = { code: 'orphans.host-away', text: 'Away.', params: { hosts: 'kvm-09' } }
  const first = { ...report([seen('a', ['n1', 'n2']), seen('b', ['n1'])], 1), undecided: [{ ...seen('c', ['n1']), reason }] }
  const second = { ...report([seen('a', ['n2', 'n1']), seen('c', ['n1'])], 1), undecided: [{ ...seen('b', ['n1']), reason }] }
  const hosts = [host(1), host(2)]
  const look = (one: OrphanReport) => ({ isLooking: false, report: one, error: null })
  const all = orphansOf(
    hosts,
    new Map([
      [host(1).id, look(first)],
      [host(2).id, look(second)],
    ]),
  )
  expect(all.orphans.map(({ name, hostIds }) => [name, hostIds])).toEqual([['a', hosts.map(({ id }) => id)]])
  expect(all.totalBytes).toBe(10)
  expect(all.undecided).toHaveLength(1)
  expect(all.undecided[0]).toMatchObject({ reason, bytes: 20 })
  expect(all.undecided[0]?.volumes.map(({ name }) => name).toSorted()).toEqual(['b', 'c'])
})
