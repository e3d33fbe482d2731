import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findPeer } from '../../scripts/peers.mjs'
import type { ConnectionId, MigrationPrediction, MigrationRecord, MigrationSpecInput, Task } from '../../shared/model/index.ts'
import { engineFolder, TestEngine } from '../hosts/engine.ts'
import { type GuestSpec, type LabGuest, type LabHost, must, startLab, until } from '../lab/lab.ts'
import { skipReason } from '../lab/requires.ts'
import { type BenchGroup, type Figure, median, percentile } from './measure.ts'

/** At least 128 MiB: QEMU samples no writes of a smaller memory. */
const MEMORY_MIB = 192
/** What the guests do while they move. */
const LOADS: ReadonlyArray<Omit<GuestSpec, 'memoryMiB'>> = [
  { name: 'quiet' },
  { name: 'steady', writes: { kib: 1_024, setKiB: 32_768, pauseUs: 50_000 } },
  { name: 'gentle', writes: { kib: 256, setKiB: 8_192, pauseUs: 100_000 } },
  { name: 'copied', diskMiB: 64, load: true },
  { name: 'heavy', writes: { kib: 2_048, setKiB: 65_536, pauseUs: 5_000 } },
]
/** Seven a load; `NOVACRON_BENCH_MOVES=6` is the short form, with the first two loads. */
const MOVES = 35
const MOVE_MS = 240_000
/**
 * Beside `virsh migrate`, in turns. How long a guest stands still scatters tenfold from one move to the next, whoever leads it: the median of a
 * few says nothing.
 */
const ROUNDS = 10
/** With fewer moves the rest is short as well: it runs, and its figures say little. */
const SHORT_MOVES = 12
const FASTEST_SHARE = 1.1

/**
 * Live moves of real guests to and fro between two hosts, each foretold just before from what was measured and from the moves before it: how
 * far the predictions were off, and what a move costs beside `virsh migrate` of the same guest.
 */
export const migrationGroup: BenchGroup = {
  name: 'migration',
  missing: async () => skipReason(findPeer('libvirtd')) || null,
  async *run() {
    const lab = await startLab({ hosts: ['a', 'b'], prefix: 'ncm' })
    try {
      const bench = await Bench.start(lab.host('a'), lab.host('b'))
      try {
        const moves = Number(process.env.NOVACRON_BENCH_MOVES ?? MOVES)
        yield* errors(await bench.foretold(moves))
        yield* await bench.besideVirsh(moves < SHORT_MOVES ? 2 : ROUNDS)
      } finally {
        await bench.stop()
      }
    } finally {
      await lab.stop()
    }
  },
}

interface Move {
  readonly load: string
  readonly predicted: MigrationPrediction
  readonly record: MigrationRecord
  /** From the order to the machine being verified at the target, as its user waits. */
  readonly waitedMs: number
}

interface Side {
  readonly host: LabHost
  readonly id: ConnectionId
}

class Bench {
  readonly #engine: TestEngine
  readonly #folder: string
  readonly #sides: readonly Side[]

  private constructor(engine: TestEngine, folder: string, sides: readonly Side[]) {
    this.#engine = engine
    this.#folder = folder
    this.#sides = sides
  }

  static async start(a: LabHost, b: LabHost): Promise<Bench> {
    const folder = await engineFolder()
    await copyFile(a.knownHostsFile, join(folder, 'home/.ssh/known_hosts'))
    const engine = await TestEngine.start({ folder })
    const sides: Side[] = []
    for (const host of [a, b]) {
      const config = { transport: 'ssh', host: host.address, user: 'root', keyFile: host.keyFile }
      sides.push({ host, id: (await engine.add(host.name, config)).id })
    }
    for (const { id } of sides) await engine.status(id, 'online')
    return new Bench(engine, folder, sides)
  }

  async stop(): Promise<void> {
    await this.#engine.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** One guest after the other: several at once would keep each other from their processors. */
  async foretold(moves: number): Promise<readonly Move[]> {
    const each = Math.max(3, Math.ceil(moves / LOADS.length))
    const loads = LOADS.slice(0, Math.ceil(moves / each))
    const all: Move[] = []
    for (const load of loads) {
      const guest = await this.#boot(load)
      for (let n = 0; n < each && all.length < moves; n += 1) {
        const move = await this.#move(guest, load.name, n % 2, { sourceDisks: 'delete' })
        all.push(move)
        trace(move)
      }
      await this.#end(guest)
    }
    return all
  }

  /** The same guest by `virsh migrate` and by the console, in turns. */
  async besideVirsh(rounds: number): Promise<readonly Figure[]> {
    const guest = await this.#boot({ name: 'peer', writes: { kib: 512, setKiB: 16_384, pauseUs: 50_000 } })
    const ours: Move[] = []
    const theirs: Array<{ readonly tookMs: number; readonly downtimeMs: number }> = []
    for (let round = 0; round < rounds; round += 1) {
      theirs.push(await this.#byVirsh(guest, 0))
      ours.push(await this.#move(guest, 'peer', 1))
      ours.push(await this.#move(guest, 'peer', 0))
      theirs.push(await this.#byVirsh(guest, 1))
    }
    await this.#end(guest)
    const virsh = { total: median(theirs.map(({ tookMs }) => tookMs)), downtime: median(theirs.map(({ downtimeMs }) => downtimeMs)) }
    const total = median(ours.map(({ waitedMs }) => waitedMs))
    const downtime = median(ours.flatMap(({ record }) => record.actual.downtimeMs ?? []))
    return [
      {
        name: `a live move over SSH, ordered → verified, median of ${ours.length}`,
        value: total,
        unit: 'ms',
        budget: Math.round(virsh.total * FASTEST_SHARE),
        peer: { name: 'virsh migrate', value: virsh.total },
      },
      {
        name: `the guest stands still, median of ${ours.length}`,
        value: downtime,
        unit: 'ms',
        // what the hypervisor itself scatters by
        budget: Math.round(virsh.downtime * FASTEST_SHARE + 20),
        peer: { name: 'virsh migrate', value: virsh.downtime },
      },
    ]
  }

  async #boot(load: Omit<GuestSpec, 'memoryMiB'>): Promise<LabGuest> {
    const guest = await this.#side(0).host.defineGuest({ ...load, memoryMiB: MEMORY_MIB })
    await guest.start()
    await guest.waitReady(180_000)
    await this.#engine.reaches(this.#side(0).id, guest.uuid, 'running')
    return guest
  }

  #side(at: number): Side {
    const side = this.#sides[at]
    if (!side) throw new Error('two hosts take part')
    return side
  }

  async #end({ uuid }: LabGuest): Promise<void> {
    for (const { host } of this.#sides) {
      await host.exec(`virsh -q destroy ${uuid}; virsh -q undefine ${uuid}; virsh -q vol-delete ${uuid}.qcow2 default; true`)
    }
  }

  async #measured(uuid: string, at: number) {
    const machine = await this.#engine.reaches(this.#side(at).id, uuid, 'running')
    const targetHostId = this.#engine.hostOf(this.#side(1 - at).id)?.id
    if (!targetHostId) throw new Error('the target is not known')
    await this.#engine.client.migrations.measure({ machineId: machine.id, targetHostId })
    return { machine, targetHostId }
  }

  /** As a person does it: measured, foretold, ordered. `at`: where it runs now. */
  async #move({ uuid }: LabGuest, load: string, at: number, wish: Partial<MigrationSpecInput> = {}): Promise<Move> {
    const { client } = this.#engine
    const { machine, targetHostId } = await this.#measured(uuid, at)
    const { spec, prediction } = await client.migrations.preflight({
      spec: { machineId: machine.id, targetHostId, mode: 'live', ...wish },
    })
    if (!prediction) throw new Error('nothing was foretold')
    const orderedAtMs = Date.now()
    const { taskId } = await client.migrations.start({ specs: [spec], acceptsWarnings: true })
    const task = await this.#engine.ended(taskId, MOVE_MS)
    if (task.state !== 'succeeded') throw new Error(`a move of ${load} ended as ${task.state}: ${task.error?.message ?? ''}`)
    const record = await until('the record', async () =>
      (await client.migrations.records({ limit: 1 })).find((each) => each.taskId === taskId),
    )
    return { load, predicted: prediction, record, waitedMs: verifiedAtMs(task) - orderedAtMs }
  }

  /**
   * From this machine, over the same sshd: connections included, as its user waits for it. Its guest is measured first as well: one that has only
   * just arrived writes less, as its emulator translates its code anew, and then stands still for less than half as long.
   */
  async #byVirsh({ uuid }: LabGuest, at: number): Promise<{ readonly tookMs: number; readonly downtimeMs: number }> {
    const [from, to] = [this.#side(at).host, this.#side(1 - at).host]
    await this.#measured(uuid, at)
    const flags = ['--live', '--persistent', '--undefinesource', '--unsafe', '--abort-on-error']
    const start = performance.now()
    await must('virsh', ['-q', '-c', from.sshUri, 'migrate', ...flags, uuid, to.sshUri, `tcp://${to.address}`], { timeoutMs: MOVE_MS })
    const tookMs = performance.now() - start
    const said = await to.virsh(['domjobinfo', '--completed', uuid])
    const downtimeMs = Number(/Total downtime:\s+(\d+)/.exec(said)?.[1])
    if (Number.isNaN(downtimeMs)) throw new Error(`virsh tells no downtime: ${said}`)
    return { tookMs, downtimeMs }
  }
}

function verifiedAtMs({ steps, endedAtMs }: Task): number {
  return steps.find(({ id }) => id === 'verify')?.endedAtMs ?? endedAtMs ?? Number.NaN
}

function* errors(moves: readonly Move[]): Generator<Figure> {
  const loads = new Set(moves.map(({ load }) => load)).size
  const of = `${moves.length} moves, ${loads} loads`
  const off = (foretold: number, actual: number | null) => (actual === null || actual === 0 ? [] : [Math.abs(foretold / actual - 1) * 100])
  const totals = moves.flatMap(({ predicted, record }) => off(predicted.totalMs.likely, record.actual.totalMs))
  const data = moves.flatMap(({ predicted, record }) => off(predicted.dataBytes.likely, record.actual.dataBytes))
  const downtimes = moves.flatMap(({ predicted, record: { actual } }) =>
    actual.downtimeMs === null ? [] : [Math.abs(predicted.downtimeMs.likely - actual.downtimeMs)],
  )
  yield { name: `total time foretold, error, median of ${of}`, value: median(totals), unit: '%', budget: 10 }
  yield { name: 'total time foretold, error, p90', value: percentile(totals, 0.9), unit: '%', budget: null }
  yield { name: 'data foretold, error, median', value: median(data), unit: '%', budget: 10 }
  yield { name: 'data foretold, error, p90', value: percentile(data, 0.9), unit: '%', budget: null }
  yield { name: 'downtime foretold, error, median', value: median(downtimes), unit: 'ms', budget: null }
  yield { name: 'downtime foretold, error, p90', value: percentile(downtimes, 0.9), unit: 'ms', budget: 280 }
  const isWithin = ({ predicted: { totalMs }, record: { actual } }: Move) => actual.totalMs >= totalMs.low && actual.totalMs <= totalMs.high
  yield {
    name: 'total time within the foretold range (eight of ten should be)',
    value: (moves.filter(isWithin).length / moves.length) * 100,
    unit: '%',
    budget: null,
  }
}

/** Each move on standard error, for whoever looks into an error: `NOVACRON_BENCH_TRACE=1`. */
function trace({ load, predicted, record: { actual }, waitedMs }: Move): void {
  if (process.env.NOVACRON_BENCH_TRACE !== '1') return
  const { totalMs, downtimeMs, dataBytes, dirtyBytesPerS, bandwidthBytesPerS, passes, learnedFrom, model } = predicted
  const likely = { totalMs: totalMs.likely, downtimeMs: downtimeMs.likely, dataBytes: dataBytes.likely }
  const from = { dirtyBytesPerS, bandwidthBytesPerS, passes, learnedFrom, model }
  process.stderr.write(`${JSON.stringify({ load, likely, actual, waitedMs, ...from })}\n`)
}
