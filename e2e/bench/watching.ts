import { setTimeout as sleep } from 'node:timers/promises'
import { findPeer } from '../../scripts/peers.mjs'
import { type MachineId, type NetworkId, objectId, type PoolId } from '../../shared/model/index.ts'
import { type LabHost, startLab, until } from '../lab/lab.ts'
import { skipReason } from '../lab/requires.ts'
import { processorSeconds, processorSecondsIn } from './fleet.ts'
import { type Console, withConsole } from './host-page.ts'
import type { BenchGroup, Figure } from './measure.ts'
import { takeMany } from './snapshots.ts'
import { makeBigPool } from './storage.ts'

/** What follows the opening of a page is over by then. */
const SETTLE_MS = 10_000
/** Longer than the longest pause between two looks of a page. */
const REST_MS = 35_000
const CHAIN_FILES = 20
const CLOSED = 2
const OPEN = 5
/** Of a core, by which rest after the pages may differ from rest before them. */
const SAME = 0.5

/** What it costs to leave a page of hardware, snapshots, storage or networks open, and what stays behind when it is closed. */
export const watchingGroup: BenchGroup = {
  name: 'watching',
  missing: async () => skipReason(findPeer('libvirtd')) || skipReason(findPeer('chromium')) || null,
  async *run() {
    const lab = await startLab({ hosts: [{ name: 'watched', inactiveDomains: 1_000 }], prefix: 'ncw' })
    try {
      const host = lab.host('watched')
      await makeBigPool(host)
      await host.exec('qemu-img create -q -f qcow2 /srv/big/chain.qcow2 16M')
      await host.virsh(['pool-refresh', 'big'], { timeoutMs: 120_000 })
      const guest = await host.defineGuest({ name: 'chain', boots: false, diskPath: '/srv/big/chain.qcow2', network: 'default' })
      await takeMany(host, 'chain', CHAIN_FILES - 1, '--disk-only')
      await guest.start()
      yield* await withConsole(host, (console) => pages(console, host, guest.uuid))
    } finally {
      await lab.stop()
    }
  },
}

async function* pages({ server, client, workspaceId, bench, add }: Console, host: LabHost, uuid: string): AsyncGenerator<Figure> {
  const { id } = await add(host)
  const uuidOf = async (...args: readonly string[]) => (await host.virsh(args)).trim()
  const hostId = await until('the host', async () => {
    const hosts = await client.inventory.hosts({ workspaceId })
    return hosts.find(({ host: one }) => one.connectionId === id)?.host.id
  })
  const machine = objectId<MachineId>(id, 'm', uuid)
  await until('the machine', async () => client.machines.detail({ machineId: machine }).then(Boolean, () => false), 60_000, 200)
  const network = objectId<NetworkId>(id, 'n', await uuidOf('net-uuid', 'default'))
  const pool = objectId<PoolId>(id, 'p', await uuidOf('pool-uuid', 'big'))
  const daemon = (await host.exec('pidof libvirtd')).stdout.trim()
  const open = async (path: string) => {
    await bench.page.goto(`${server.origin}${path}`)
    await sleep(SETTLE_MS)
    return await load(server.pid, host, daemon)
  }
  const before = await open('/events')
  yield* figures('no page of them open', before, CLOSED)
  for (const [what, path] of [
    ['a machine', `/machines/${machine}`],
    ['the hardware of a machine', `/machines/${machine}?tab=hardware`],
    [`snapshots above a chain of ${CHAIN_FILES} files in a pool of 10,000`, `/machines/${machine}?tab=snapshots`],
    ['a pool of 10,000 files', `/pools/${pool}`],
    ['a network', `/networks?host=${hostId}&network=${network}`],
    ['the topology', `/topology?host=${hostId}`],
  ] as const)
    yield* figures(`${what} open`, await open(path), OPEN)
  yield* figures('closed again', await open('/events'), before.engine + SAME)
}

interface Load {
  readonly engine: number
  readonly daemon: number
}

/** In percent of a core. */
async function load(pid: number, host: LabHost, daemon: string): Promise<Load> {
  const used = async () => ({
    engine: await processorSeconds(pid),
    daemon: processorSecondsIn((await host.exec(['cat', `/proc/${daemon}/stat`])).stdout),
  })
  const before = await used()
  const start = performance.now()
  await sleep(REST_MS)
  const after = await used()
  const percent = (seconds: number) => (seconds / ((performance.now() - start) / 1_000)) * 100
  return { engine: percent(after.engine - before.engine), daemon: percent(after.daemon - before.daemon) }
}

function* figures(what: string, { engine, daemon }: Load, budget: number): Generator<Figure> {
  const unit = '% of a core'
  yield { name: `engine at rest, ${what}`, value: engine, unit, budget: Number(budget.toPrecision(3)) }
  yield { name: `libvirtd of the host meanwhile`, value: daemon, unit, budget: null }
}
