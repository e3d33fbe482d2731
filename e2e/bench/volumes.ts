import { randomFillSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProviderConnection, VolumeKeeper } from '../../electron/providers/provider.ts'
import { findPeer } from '../../scripts/peers.mjs'
import { type LabHost, must, startLab } from '../lab/lab.ts'
import { skipReason } from '../lab/requires.ts'
import { type BenchGroup, type Figure, median, timed } from './measure.ts'
import { openLibvirt } from './provider.ts'

const MIB = 1_048_576
const SIZE_MIB = 512
const PIECE_BYTES = 262_144
const ROUNDS = 5
/** Of what virsh reaches in the same run. */
const SHARE = 0.9
const PLACE = { pool: 'default', volume: 'bench.img' }

/** Whole files over SSH, both ways, beside `virsh` over the same sshd to the same libvirtd. */
export const volumesGroup: BenchGroup = {
  name: 'volumes',
  missing: async () => skipReason(findPeer('libvirtd')) || null,
  async *run() {
    const lab = await startLab({ hosts: [{ name: 'files', network: false }], prefix: 'ncv' })
    const folder = await mkdtemp(join(tmpdir(), 'novacron-bench-'))
    try {
      const host = lab.host('files')
      await host.virsh(['vol-create-as', PLACE.pool, PLACE.volume, `${SIZE_MIB}M`, '--format', 'raw'])
      const opened = await openLibvirt(host)
      try {
        yield* figures(host, folder, opened.connection)
      } finally {
        await opened.close()
      }
    } finally {
      await lab.stop()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function* figures(host: LabHost, folder: string, { volumes }: ProviderConnection): AsyncGenerator<Figure> {
  if (!volumes) throw new Error('the provider has no volumes')
  const content = randomFillSync(Buffer.allocUnsafe(SIZE_MIB * MIB))
  const file = join(folder, 'content')
  await writeFile(file, content)
  const virsh = (...args: readonly string[]) => must('virsh', ['-q', '-c', host.sshUri, ...args], { timeoutMs: 600_000 })
  // What virsh takes to begin: an open link does not pay for it either.
  const begin = median(await timed(ROUNDS, () => virsh('pool-info', PLACE.pool)))
  // In turn, so that both meet the same machine.
  const up = { ours: [] as number[], theirs: [] as number[] }
  const down = { ours: [] as number[], theirs: [] as number[] }
  for (let round = 0; round <= ROUNDS; round++) {
    const took = {
      ourUp: await milliseconds(() => upload(volumes, content)),
      theirUp: (await milliseconds(() => virsh('vol-upload', PLACE.volume, file, '--pool', PLACE.pool))) - begin,
      ourDown: await milliseconds(() => download(volumes)),
      theirDown: (await milliseconds(() => virsh('vol-download', PLACE.volume, join(folder, 'back'), '--pool', PLACE.pool))) - begin,
    }
    if (round === 0) continue
    up.ours.push(took.ourUp)
    up.theirs.push(took.theirUp)
    down.ours.push(took.ourDown)
    down.theirs.push(took.theirDown)
  }
  yield figure(`upload of ${SIZE_MIB} MiB over SSH, median`, up, 'virsh vol-upload')
  yield figure(`download of ${SIZE_MIB} MiB over SSH, median`, down, 'virsh vol-download')
}

function figure(
  name: string,
  { ours, theirs }: { readonly ours: readonly number[]; readonly theirs: readonly number[] },
  peer: string,
): Figure {
  const rate = (samples: readonly number[]) => (SIZE_MIB * 1_000) / median(samples)
  const theirRate = rate(theirs)
  return {
    name,
    value: rate(ours),
    unit: 'MiB/s',
    budget: Math.round(SHARE * theirRate),
    atLeast: true,
    peer: { name: peer, value: theirRate },
  }
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

async function upload(volumes: VolumeKeeper, content: Buffer): Promise<void> {
  const writer = await volumes.upload('host', PLACE, 0, content.length, {})
  for (let at = 0; at < content.length; at += PIECE_BYTES) await writer.write(content.subarray(at, at + PIECE_BYTES))
  await writer.finish()
}

async function download(volumes: VolumeKeeper): Promise<void> {
  const { channel, sizeBytes } = await volumes.download('host', PLACE, 0, {})
  let received = 0
  for (let bytes = await channel.read(); bytes !== null; bytes = await channel.read()) received += bytes.length
  channel.close()
  if (received !== sizeBytes) throw new Error(`${received} of ${sizeBytes} bytes came`)
}
