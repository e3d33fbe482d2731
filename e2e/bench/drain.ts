import { findPeer } from '../../scripts/peers.mjs'
import type { ConnectionId, HostId } from '../../shared/model/index.ts'
import { type LabGuest, type LabHost, must, startLab, until } from '../lab/lab.ts'
import { skipReason } from '../lab/requires.ts'
import { HostEngine } from './host-engine.ts'
import { type BenchGroup, type Figure, median } from './measure.ts'

const GUESTS = 5
/** At least 128 MiB: QEMU samples no writes of a smaller memory. */
const MEMORY_MIB = 128
/** In turns, so that neither way is always the first. */
const TURNS = 3
/** Moves side by side. */
const LIMITS = [1, 2]
const DRAIN_MS = 300_000
/** Far below what is measured. */
const LOOK_MS = 5
const FASTEST_SHARE = 1.1

/**
 * A host with a handful of guests emptied, from the order to the host in maintenance: plan, checks just before each and verification at the target
 * included. Beside a shell that moves the same guests with `virsh migrate`, one after the other and with `xargs -P`, over the same sshd, in turns.
 */
export const drainGroup: BenchGroup = {
  name: 'drain',
  missing: async () => skipReason(findPeer('libvirtd')) || null,
  async *run() {
    const lab = await startLab({ hosts: ['a', 'b'], prefix: 'ncd' })
    try {
      const bench = await Bench.start(lab.host('a'), lab.host('b'))
      try {
        for (const limit of LIMITS) yield await bench.besideVirsh(limit)
      } finally {
        await bench.stop()
      }
    } finally {
      await lab.stop()
    }
  },
}

interface Side {
  readonly host: LabHost
  readonly id: ConnectionId
}

class Bench {
  readonly #console: HostEngine
  readonly #sides: readonly [Side, Side]
  readonly #guests: readonly LabGuest[]
  /** Where the guests are. */
  #at: 0 | 1 = 0

  private constructor(console: HostEngine, sides: readonly [Side, Side], guests: readonly LabGuest[]) {
    this.#console = console
    this.#sides = sides
    this.#guests = guests
  }

  static async start(a: LabHost, b: LabHost): Promise<Bench> {
    const console = await HostEngine.start(a)
    const { engine, connectionId } = console
    const config = { transport: 'ssh', host: b.address, user: 'root', keyFile: b.keyFile }
    const other = await engine.add(b.name, config, { remember: true })
    await engine.status(other.id, 'online')
    const guests: LabGuest[] = []
    for (let number = 1; number <= GUESTS; number += 1) {
      const guest = await a.defineGuest({
        name: `g${number}`,
        memoryMiB: MEMORY_MIB,
        writes: { kib: 256, setKiB: 8_192, pauseUs: 100_000 },
      })
      await guest.start()
      await guest.waitReady(180_000)
      guests.push(guest)
    }
    return new Bench(
      console,
      [
        { host: a, id: connectionId },
        { host: b, id: other.id },
      ],
      guests,
    )
  }

  async stop(): Promise<void> {
    await this.#console.stop()
  }

  async besideVirsh(limit: number): Promise<Figure> {
    const ours: number[] = []
    const theirs: number[] = []
    for (let turn = 0; turn < TURNS; turn += 1) {
      const byUs = async () => {
        const { id: emptied } = this.#from
        ours.push(await this.#emptied(() => this.#byConsole(limit)))
        await this.#open(emptied)
      }
      const byThem = async () => theirs.push(await this.#emptied(() => this.#byShell(limit)))
      for (const way of turn % 2 === 0 ? [byThem, byUs] : [byUs, byThem]) await way()
    }
    const peer = { name: limit === 1 ? 'a loop of virsh migrate' : `virsh migrate, xargs -P ${limit}`, value: median(theirs) }
    return {
      name: `a host with ${GUESTS} guests, ordered → empty, ${limit} at once, median of ${TURNS}`,
      value: median(ours),
      unit: 'ms',
      budget: Math.round(peer.value * FASTEST_SHARE),
      peer,
    }
  }

  /** One that has only just arrived writes less, as its emulator translates its code anew: each is measured first, whoever moves it. */
  async #emptied(drain: () => Promise<unknown>): Promise<number> {
    const { engine } = this.#console
    const targetHostId = this.#hostId(this.#to.id)
    const measured = async ({ uuid }: LabGuest) => {
      const { id: machineId } = await engine.reaches(this.#from.id, uuid, 'running')
      await engine.client.migrations.measure({ machineId, targetHostId })
    }
    await Promise.all(this.#guests.map(measured))
    const startMs = performance.now()
    await drain()
    const tookMs = performance.now() - startMs
    const left = await this.#from.host.virsh(['list', '--name'])
    if (left.trim() !== '') throw new Error(`the host is not empty: ${left.trim()}`)
    this.#at = this.#at === 0 ? 1 : 0
    return tookMs
  }

  /** In use again, without its guests. */
  async #open(id: ConnectionId): Promise<void> {
    const { engine } = this.#console
    const hostId = this.#hostId(id)
    await engine.client.maintenance.leave({ hostId, bringBack: false })
    await until('the host in use', async () => (engine.get('host', hostId)?.maintenance ?? null) === null)
  }

  /** Until the console says that the host stands empty. */
  async #byConsole(atOnce: number): Promise<void> {
    const { engine } = this.#console
    const hostId = this.#hostId(this.#from.id)
    await engine.client.maintenance.drain({ order: { hostId, order: 'name', atOnce } })
    await until('the host in maintenance', async () => engine.get('host', hostId)?.maintenance === 'maintenance', DRAIN_MS, LOOK_MS)
  }

  /** From this machine, over the same sshd, as its user would write it. */
  async #byShell(limit: number): Promise<void> {
    const [from, to] = [this.#from.host, this.#to.host]
    const flags = '--live --persistent --undefinesource --abort-on-error'
    const move = `virsh -q -c '${from.sshUri}' migrate ${flags} "$1" '${to.sshUri}' 'tcp://${to.address}'`
    const uuids = this.#guests.map(({ uuid }) => uuid)
    const script =
      limit === 1
        ? `for one; do set -- "$one"; ${move} || exit 1; done`
        : `printf '%s\\n' "$@" | xargs -P ${limit} -n 1 sh -ec '${move.replaceAll("'", `'\\''`)}' move`
    await must('sh', ['-c', script, 'drain', ...uuids], { timeoutMs: DRAIN_MS })
  }

  get #from(): Side {
    return this.#sides[this.#at]
  }

  get #to(): Side {
    return this.#sides[this.#at === 0 ? 1 : 0]
  }

  #hostId(id: ConnectionId): HostId {
    const host = this.#console.engine.hostOf(id)
    if (!host) throw new Error('the host is not known')
    return host.id
  }
}
