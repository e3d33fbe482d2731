import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { findPeer } from '../../scripts/peers.mjs'
import { type LabGuest, type LabHost, must, startLab, until } from '../lab/lab.ts'
import { skipReason } from '../lab/requires.ts'
import { withConsole } from './host-page.ts'
import { type BenchGroup, type Figure, median, percentile, timed } from './measure.ts'

/** Machines of one host, with the budgets for all of them being painted. */
const SIZES = [
  { machines: 1_000, coldMs: 700 },
  { machines: 5_000, coldMs: 900 },
  { machines: 10_000, coldMs: 1_200 },
] as const
/** Where the page follows what another client does: budgets in milliseconds after `virsh event` has printed it. */
const FOLLOWED = [
  { machines: 1_000, medianMs: 50, p95Ms: 100 },
  { machines: 10_000, medianMs: 100, p95Ms: 200 },
] as const
const ROUNDS = 5
const ACTS = 40

/** Real libvirt hosts over SSH, from the wire to the painted rows. */
export const hostsGroup: BenchGroup = {
  name: 'hosts',
  missing: async () => skipReason(findPeer('libvirtd')) || skipReason(findPeer('chromium')) || null,
  async *run() {
    const lab = await startLab({
      hosts: SIZES.map(({ machines }) => ({ name: `h${machines}`, inactiveDomains: machines - 1, network: false })),
      prefix: 'nch',
    })
    try {
      const guests = new Map<string, LabGuest>()
      for (const host of lab.hosts) guests.set(host.name, await host.defineGuest({ name: 'followed', boots: false }))
      for (const { machines, coldMs } of SIZES) yield* cold(lab.host(`h${machines}`), machines, coldMs)
      for (const followed of FOLLOWED) {
        const host = lab.host(`h${followed.machines}`)
        const guest = guests.get(host.name)
        if (guest) yield* follow(host, guest, followed)
      }
    } finally {
      await lab.stop()
    }
  },
}

async function* cold(host: LabHost, machines: number, coldMs: number): AsyncGenerator<Figure> {
  const virsh = await timed(1, () => must('virsh', ['-q', '-c', host.sshUri, 'list', '--all'], { timeoutMs: 120_000 }), 0)
  const figures = await withConsole(host, async function* ({ client, bench, add }) {
    const samples: number[] = []
    const blocked: number[] = []
    for (let round = -1; round < ROUNDS; round += 1) {
      await bench.ask('longTasks.splice(0)')
      const painted = bench.ask<number>(`rowsPainted(${machines + 1})`)
      const start = Date.now()
      const { id } = await add(host)
      const took = (await painted) - start
      if (round >= 0) {
        samples.push(took)
        blocked.push(...(await bench.ask<Array<{ took: number }>>('longTasks')).map((task) => task.took))
      }
      await client.connections.remove({ connectionId: id })
      await until('an empty page again', async () => (await bench.ask<number>('rows()')) === 1, 20_000, 100)
    }
    const size = machines.toLocaleString('en')
    yield {
      name: `host added → SSH from cold → ${size} rows painted, median`,
      value: median(samples),
      unit: 'ms',
      budget: coldMs,
      peer: { name: 'virsh list --all over ssh', value: median(virsh) },
    }
    yield {
      name: `longest task of the page meanwhile, ${size} machines; 0: none above 50 ms`,
      value: Math.max(0, ...blocked),
      unit: 'ms',
      budget: 50,
    }
  })
  yield* figures
}

async function* follow(
  host: LabHost,
  guest: LabGuest,
  budget: { readonly machines: number; readonly medianMs: number; readonly p95Ms: number },
): AsyncGenerator<Figure> {
  await guest.start()
  const events = await virshEvents(host)
  const figures = await withConsole(host, async function* ({ bench, add }) {
    await add(host)
    await bench.ask(`rowsPainted(${budget.machines + 1})`)
    await bench.ask(`filter("name:${guest.name}")`)
    const shows = (word: string) => bench.ask<number>(`stateShown(${JSON.stringify(guest.name)}, ${JSON.stringify(word)}, 20000)`)
    const later: number[] = []
    const total: number[] = []
    for (let act = 0; act < ACTS; act += 1) {
      const [action, before, after] =
        act % 2 === 0 ? (['suspend', 'Running', 'Paused'] as const) : (['resume', 'Paused', 'Running'] as const)
      await shows(before)
      // as far apart as a person's acts; the engine sends to a page five times a second at most
      await sleep(300 + ((act * 137) % 400))
      const shown = shows(after)
      // the observer stands when a further question is answered
      await bench.ask('rows()')
      const printed = events.next()
      const start = Date.now()
      await host.virsh([action, guest.name])
      const [atMs, printedAtMs] = await Promise.all([shown, printed])
      later.push(atMs - printedAtMs)
      total.push(atMs - start)
    }
    const size = budget.machines.toLocaleString('en')
    const name = `another client acts → the row changes, after virsh event over ssh prints it, ${size} machines`
    yield { name: `${name}, median`, value: median(later), unit: 'ms', budget: budget.medianMs }
    yield { name: `${name}, p95`, value: percentile(later, 0.95), unit: 'ms', budget: budget.p95Ms }
    yield { name: `the same from the start of virsh, ${size} machines, median`, value: median(total), unit: 'ms', budget: null }
  })
  try {
    yield* figures
  } finally {
    events.stop()
  }
}

interface VirshEvents {
  /** Date.now() when the next line arrives. */
  next(): Promise<number>
  stop(): void
}

/** `virsh event --loop` over the host's sshd, as the peer that hears the same events. */
async function virshEvents(host: LabHost): Promise<VirshEvents> {
  const args = ['-oL', 'virsh', '-q', '-c', host.sshUri, 'event', '--event', 'lifecycle', '--loop']
  const child: ChildProcess = spawn('stdbuf', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let heard: ((atMs: number) => void) | null = null
  let lines = 0
  child.stdout?.on('data', () => {
    lines += 1
    heard?.(Date.now())
    heard = null
  })
  // it says nothing when it stands: act until it has heard something
  await until(
    'virsh event',
    async () => {
      await host.virsh(['suspend', 'followed'])
      await host.virsh(['resume', 'followed'])
      return lines > 0
    },
    20_000,
    200,
  )
  return {
    next: () =>
      new Promise((resolve) => {
        heard = resolve
      }),
    stop: () => child.kill(),
  }
}
