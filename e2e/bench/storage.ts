import { findPeer } from '../../scripts/peers.mjs'
import type { HostId, MachineId, PoolId } from '../../shared/model/index.ts'
import type { TestEngine } from '../hosts/engine.ts'
import { type LabHost, startLab, until } from '../lab/lab.ts'
import { skipReason } from '../lab/requires.ts'
import { HostEngine, Others } from './host-engine.ts'
import { type BenchGroup, type Figure, median, percentile } from './measure.ts'

const FILES = 10_000
const ROUNDS = 10
const DELETED = 1_000
/** Half of them images, whose headers libvirt reads, half plain files. */
const FILL = `mkdir -p /srv/big && cd /srv/big && qemu-img create -q -f qcow2 -o cluster_size=512 image-00000.qcow2 1G && \
for n in $(seq 1 ${FILES / 2 - 1}); do cp image-00000.qcow2 $(printf image-%05d.qcow2 $n); done && \
for n in $(seq 1 ${FILES / 2}); do echo $(printf plain-%05d.img $n); done | xargs truncate -s 1M`

/** A pool of 10,000 files behind SSH, through the engine as a page sees it, beside `virsh` over the same sshd to the same libvirtd. */
export const storageGroup: BenchGroup = {
  name: 'storage',
  missing: async () => skipReason(findPeer('libvirtd')) || null,
  async *run() {
    const lab = await startLab({ hosts: [{ name: 'store', inactiveDomains: 100, network: false }], prefix: 'ncs' })
    try {
      const host = lab.host('store')
      await makeBigPool(host)
      const console = await HostEngine.start(host)
      try {
        yield* figures(console)
      } finally {
        await console.stop()
      }
    } finally {
      await lab.stop()
    }
  },
}

/** Named `big`, with so many files in /srv/big. */
export async function makeBigPool(host: LabHost): Promise<void> {
  await host.exec(FILL, { timeoutMs: 300_000 })
  await host.virsh(['pool-define-as', 'big', 'dir', '--target', '/srv/big'])
  await host.virsh(['pool-start', 'big'], { timeoutMs: 120_000 })
}

async function* figures(console: HostEngine): AsyncGenerator<Figure> {
  const { engine, connectionId } = console
  const pool = await until('the pool', async () => engine.all('pool').find(({ name, active }) => name === 'big' && active))
  const machine = await until('a machine', async () => engine.machines(connectionId)[0])
  yield* reading(console, pool.id, machine.id)
  yield* opening(engine, pool.id, machine.id)
  yield* orphans(engine, machine.hostId, machine.id)
  yield* deleting(engine, pool.id, machine.id)
}

/** First, as nothing is remembered yet. */
async function* reading(console: HostEngine, poolId: PoolId, machineId: MachineId): AsyncGenerator<Figure> {
  const { engine } = console
  const others = new Others(engine, machineId)
  const start = performance.now()
  let read = 0
  for await (const message of await engine.client.storage.watchVolumes({ poolId })) {
    if (message.type === 'facts') read += message.facts.filter(({ facts }) => facts !== null).length
  }
  const tookMs = performance.now() - start
  const meanwhile = await others.stop()
  if (read !== FILES) throw new Error(`${read} volumes were read instead of ${FILES}`)
  const virshStart = performance.now()
  await console.virsh('vol-list', 'big', '--details')
  yield {
    name: 'what each of 10,000 volumes is, all read over SSH',
    value: tookMs,
    unit: 'ms',
    budget: null,
    peer: { name: 'virsh vol-list --details', value: performance.now() - virshStart },
  }
  yield { name: 'other calls to that host while they are read, p95', value: percentile(meanwhile, 0.95), unit: 'ms', budget: 50 }
}

async function* opening(engine: TestEngine, poolId: PoolId, machineId: MachineId): AsyncGenerator<Figure> {
  const samples: number[] = []
  const meanwhile: number[] = []
  for (let round = -1; round < ROUNDS; round += 1) {
    const others = new Others(engine, machineId)
    const stop = new AbortController()
    const start = performance.now()
    let rows = 0
    for await (const message of await engine.client.storage.watchVolumes({ poolId }, { signal: stop.signal })) {
      if (message.type !== 'rows') throw new Error('the rows did not come first')
      rows += message.rows.length
      if (rows === FILES) break
    }
    const tookMs = performance.now() - start
    stop.abort()
    const took = await others.stop()
    if (round < 0) continue
    samples.push(tookMs)
    meanwhile.push(...took)
  }
  yield { name: 'pool of 10,000 files opened over SSH: contract call → rows, median', value: median(samples), unit: 'ms', budget: 500 }
  yield { name: 'the same, slowest', value: Math.max(...samples), unit: 'ms', budget: 500 }
  yield { name: 'other calls to that host meanwhile, p95', value: percentile(meanwhile, 0.95), unit: 'ms', budget: 50 }
}

async function* orphans(engine: TestEngine, hostId: HostId, machineId: MachineId): AsyncGenerator<Figure> {
  const others = new Others(engine, machineId)
  const start = performance.now()
  const report = await engine.client.storage.orphans({ hostId })
  const tookMs = performance.now() - start
  const meanwhile = await others.stop()
  if (report.orphans.length < FILES) throw new Error(`${report.orphans.length} orphans were found instead of ${FILES}`)
  yield { name: 'orphans among 10,000 volumes and 100 machines found', value: tookMs, unit: 'ms', budget: null }
  yield { name: 'other calls to that host meanwhile, p95', value: percentile(meanwhile, 0.95), unit: 'ms', budget: 50 }
}

async function* deleting(engine: TestEngine, poolId: PoolId, machineId: MachineId): AsyncGenerator<Figure> {
  const volumes = Array.from({ length: DELETED }, (_, at) => ({ poolId, name: `plain-${String(at + 1).padStart(5, '0')}.img` }))
  const others = new Others(engine, machineId)
  const start = performance.now()
  const task = await engine.ended((await engine.client.storage.removeVolumes({ volumes })).taskId, 600_000)
  const tookMs = performance.now() - start
  const meanwhile = await others.stop()
  if (task.state !== 'succeeded') throw new Error(`the deletion ended ${task.state}`)
  yield { name: '1,000 of 10,000 volumes deleted, each checked for its users', value: tookMs, unit: 'ms', budget: null }
  yield { name: 'other calls to that host meanwhile, p95', value: percentile(meanwhile, 0.95), unit: 'ms', budget: 50 }
}
