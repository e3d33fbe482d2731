import { findPeer } from '../../scripts/peers.mjs'
import type { MachineId, SnapshotOperationInput } from '../../shared/model/index.ts'
import { type LabGuest, type LabHost, must, startLab } from '../lab/lab.ts'
import { skipReason } from '../lab/requires.ts'
import { HostEngine, Others } from './host-engine.ts'
import { type BenchGroup, type Figure, median, percentile, timed } from './measure.ts'
import { makeBigPool } from './storage.ts'

const SNAPSHOTS = 50
const CHAIN_FILES = 20
const ROUNDS = 10
const CREATED = 5
const MERGED = 3
const MERGED_MIB = 1_024
const TOP = 'top'
/** What a page may take to be filled. */
const PAGE_MS = 200
/** Of what the peer takes in the same run. */
const SHARE = 1.1

/** Snapshots and chains of a host over SSH, through the engine as a page sees it, beside `virsh` and `qemu-img` over the same sshd. */
export const snapshotsGroup: BenchGroup = {
  name: 'snapshots',
  missing: async () => skipReason(findPeer('libvirtd')) || null,
  async *run() {
    const lab = await startLab({ hosts: [{ name: 'snaps', network: false }], prefix: 'nct' })
    try {
      const host = lab.host('snaps')
      const tree = await host.defineGuest({ name: 'tree', boots: false, diskMiB: 16 })
      await takeMany(host, 'tree', SNAPSHOTS, '')
      const chain = await host.defineGuest({ name: 'chain', boots: false, diskMiB: 16 })
      await takeMany(host, 'chain', CHAIN_FILES - 1, '--disk-only')
      const writer = await host.defineGuest({ name: 'writer', boots: false, diskMiB: 16 })
      await writer.start()
      const merged = await host.defineGuest({ name: 'merged', boots: false, diskMiB: MERGED_MIB + 64 })
      const console = await HostEngine.start(host)
      try {
        yield* opening(console, tree, { what: `${SNAPSHOTS} snapshots`, snapshots: SNAPSHOTS, files: 1 })
        yield* opening(console, chain, { what: `a chain of ${CHAIN_FILES} files`, snapshots: CHAIN_FILES - 1, files: CHAIN_FILES })
        yield* creating(console, writer, '')
        yield* merging(console, merged)
        yield* inBigPool(console)
      } finally {
        await console.stop()
      }
    } finally {
      await lab.stop()
    }
  },
}

/** By one `virsh` on the host: a process for each would take longer than the snapshots. */
export async function takeMany(host: LabHost, machine: string, count: number, flags: string): Promise<void> {
  const commands = Array.from({ length: count }, (_, at) => `snapshot-create-as ${machine} s${at + 1} ${flags}\n`)
  await host.virsh([], { input: commands.join(''), timeoutMs: 300_000 })
}

/** Where every file of the pool may stand on one of the machine's. */
async function* inBigPool(console: HostEngine): AsyncGenerator<Figure> {
  const { host } = console
  await makeBigPool(host)
  await onHost(host, ['qemu-img', 'create', '-q', '-f', 'qcow2', '/srv/big/crowded.qcow2', '16M'])
  await host.virsh(['pool-refresh', 'big'], { timeoutMs: 120_000 })
  const guest = await host.defineGuest({ name: 'crowded', boots: false, diskPath: '/srv/big/crowded.qcow2' })
  await guest.start()
  yield* opening(console, guest, { what: 'a machine in a pool of 10,000 files', snapshots: 0, files: 1 })
  yield* creating(console, guest, ' in a pool of 10,000 files')
}

interface Expected {
  readonly what: string
  readonly snapshots: number
  readonly files: number
}

async function* opening(console: HostEngine, guest: LabGuest, { what, ...expected }: Expected): AsyncGenerator<Figure> {
  const { engine } = console
  const machineId = await console.machineId(guest)
  const seen = async () => {
    const { snapshots, chains } = await engine.client.snapshots.tree({ machineId })
    const found = { snapshots: snapshots.length, files: chains[0]?.files.length }
    if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(`${JSON.stringify(found)} was seen of ${what}`)
  }
  const others = new Others(engine, machineId)
  const start = performance.now()
  await seen()
  const firstMs = performance.now() - start
  const ours = await timed(ROUNDS, seen, 0)
  const meanwhile = await others.stop()
  const file = await activeFile(console.host, guest)
  const theirs = await timed(ROUNDS, async () => {
    await console.virsh('snapshot-list', guest.name, '--tree')
    await bySsh(console.host, `qemu-img info -U --backing-chain ${file}`)
  })
  yield { name: `tree and files of ${what}, the first time`, value: firstMs, unit: 'ms', budget: null }
  yield {
    name: `tree and files of ${what}, median`,
    value: median(ours),
    unit: 'ms',
    budget: PAGE_MS,
    peer: { name: 'virsh snapshot-list --tree, qemu-img info --backing-chain', value: median(theirs) },
  }
  yield { name: 'other calls to that host meanwhile, p95', value: percentile(meanwhile, 0.95), unit: 'ms', budget: 50 }
}

/** In turn, each on top of the other's, so that both meet chains of the same length. */
async function* creating(console: HostEngine, guest: LabGuest, where: string): AsyncGenerator<Figure> {
  const machineId = await console.machineId(guest)
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round <= CREATED; round += 1) {
    const took = await act(console, machineId, { operation: 'create', name: `ours-${round}`, kind: 'external' })
    const start = performance.now()
    await console.virsh('snapshot-create-as', guest.name, `theirs-${round}`, '--disk-only', '--atomic')
    const tookThem = performance.now() - start
    if (round === 0) continue
    ours.push(took)
    theirs.push(tookThem)
  }
  yield beside(
    `external snapshot of a running machine${where}: asked → a page is told that it is done, median`,
    ours,
    theirs,
    'virsh snapshot-create-as',
  )
}

/** Of a running machine. Ours takes the snapshot out of the tree and the merged file out of the pool as well. */
async function* merging(console: HostEngine, guest: LabGuest): AsyncGenerator<Figure> {
  const machineId = await console.machineId(guest)
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round <= MERGED; round += 1) {
    await written(console, guest)
    const took = await act(console, machineId, { operation: 'delete', name: TOP })
    await console.host.virsh(['destroy', guest.uuid])
    const top = await written(console, guest)
    const start = performance.now()
    await console.virsh('blockcommit', guest.name, 'vda', '--active', '--pivot', '--wait')
    const tookThem = performance.now() - start
    await console.host.virsh(['destroy', guest.uuid])
    await console.host.virsh(['snapshot-delete', guest.uuid, TOP, '--metadata'])
    await console.host.virsh(['vol-delete', top])
    if (round === 0) continue
    ours.push(took)
    theirs.push(tookThem)
  }
  yield beside(`snapshot with ${MERGED_MIB} MiB above it deleted, its files merged, median`, ours, theirs, 'virsh blockcommit --wait')
}

/** A snapshot, so much written above it, and the machine running. Answers the file that was written. */
async function written({ engine, host, connectionId }: HostEngine, guest: LabGuest): Promise<string> {
  await host.virsh(['snapshot-create-as', guest.uuid, TOP, '--disk-only'])
  await host.virsh(['pool-refresh', 'default'])
  const file = await activeFile(host, guest)
  await onHost(host, ['qemu-io', '-c', `write -q -P 7 0 ${MERGED_MIB}M`, file])
  await guest.start()
  await engine.reaches(connectionId, guest.uuid, 'running')
  return file
}

/** Milliseconds from the question to the page's being told of its end. */
async function act(console: HostEngine, machineId: MachineId, operation: SnapshotOperationInput): Promise<number> {
  const { snapshots } = console.engine.client
  // a page has it before anybody can press a button
  const { revision } = await snapshots.tree({ machineId })
  const start = performance.now()
  const { taskId } = await snapshots.act({ machineId, operation, revision, acceptsLosses: true })
  await console.succeeds(taskId)
  return performance.now() - start
}

function beside(name: string, ours: readonly number[], theirs: readonly number[], peer: string): Figure {
  const value = median(theirs)
  return { name, value: median(ours), unit: 'ms', budget: Math.round(SHARE * value), peer: { name: peer, value } }
}

async function activeFile(host: LabHost, { uuid }: LabGuest): Promise<string> {
  const file = /vda\s+(\S+)/.exec(await host.virsh(['domblklist', uuid]))?.[1]
  if (file === undefined) throw new Error('the machine has no disk')
  return file
}

async function onHost(host: LabHost, command: readonly string[]): Promise<void> {
  const { code, stderr } = await host.exec(command, { timeoutMs: 300_000 })
  if (code !== 0) throw new Error(`${command[0]}: ${stderr}`)
}

/** A program of the host, as a person runs it there. */
function bySsh({ address, port, user, keyFile, knownHostsFile }: LabHost, command: string): Promise<string> {
  const options = ['IdentitiesOnly=yes', 'BatchMode=yes', `UserKnownHostsFile=${knownHostsFile}`].flatMap((option) => ['-o', option])
  return must('ssh', ['-i', keyFile, '-p', String(port), ...options, `${user}@${address}`, command])
}
