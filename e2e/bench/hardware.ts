import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DomainRef, type LibvirtHost, listAllDomains } from '../../electron/libvirt/index.ts'
import { findPeer } from '../../scripts/peers.mjs'
import type { HardwareEditInput, MachineId } from '../../shared/model/index.ts'
import { type LabGuest, type LabHost, startLab } from '../lab/lab.ts'
import { skipReason } from '../lab/requires.ts'
import { HostEngine, Others } from './host-engine.ts'
import { type BenchGroup, type Figure, median, percentile, timed } from './measure.ts'
import { openWire } from './wire.ts'

const DOMAINS = 1_000
const ROUNDS = 10
const MAC = '52:54:00:be:0c:01'
/** What a page may take to be filled. */
const PAGE_MS = 200
/** Of what virsh takes in the same run. */
const SHARE = 1.1
const MOST_LOOKS = 20_000

/** Virtual hardware of a running machine among 1,000 defined ones, through the engine as a page sees it, beside `virsh` over the same sshd. */
export const hardwareGroup: BenchGroup = {
  name: 'hardware',
  missing: async () => skipReason(findPeer('libvirtd')) || null,
  async *run() {
    const lab = await startLab({ hosts: [{ name: 'parts', inactiveDomains: DOMAINS }], prefix: 'nch' })
    try {
      const host = lab.host('parts')
      const guest = await makeGuest(host)
      const console = await HostEngine.start(host)
      try {
        const machineId = await console.machineId(guest)
        yield* opening(console, machineId)
        yield* edits(console, guest, machineId)
      } finally {
        await console.stop()
      }
    } finally {
      await lab.stop()
    }
  },
}

/** It runs, and takes SCSI disks in and out without its guest having to let go of them. */
async function makeGuest(host: LabHost): Promise<LabGuest> {
  const guest = await host.defineGuest({ name: 'bench', boots: false, diskMiB: 8, network: 'default', mac: MAC })
  const xml = await host.virsh(['dumpxml', '--inactive', guest.uuid])
  const file = join(host.dir, 'bench.xml')
  await writeFile(file, xml.replace('</devices>', "<controller type='scsi' model='virtio-scsi'/></devices>"))
  await host.virsh(['define', file])
  await host.virsh(['vol-create-as', 'default', 'data.qcow2', '8M', '--format', 'qcow2'])
  await guest.start()
  return guest
}

async function* opening({ engine }: HostEngine, machineId: MachineId): AsyncGenerator<Figure> {
  const { hardware } = engine.client
  const others = new Others(engine, machineId)
  const both = () => Promise.all([hardware.view({ machineId }), hardware.options({ machineId })])
  const start = performance.now()
  await both()
  yield {
    name: 'hardware opened among 1,000 machines, the first time: definitions and options',
    value: performance.now() - start,
    unit: 'ms',
    budget: null,
  }
  const opened = await timed(ROUNDS, both, 0)
  const view = await timed(ROUNDS, () => hardware.view({ machineId }))
  const meanwhile = await others.stop()
  yield { name: 'the same again, median', value: median(opened), unit: 'ms', budget: PAGE_MS }
  yield { name: 'definitions alone', value: median(view), unit: 'ms', budget: null }
  yield { name: 'other calls to that host meanwhile, p95', value: percentile(meanwhile, 0.95), unit: 'ms', budget: 50 }
}

interface Change {
  readonly name: string
  readonly edit: HardwareEditInput
  readonly peer: readonly string[]
  readonly isThere: (xml: string) => boolean
  /** As it was before; not measured. */
  readonly back: readonly string[]
}

async function* edits(console: HostEngine, guest: LabGuest, machineId: MachineId): AsyncGenerator<Figure> {
  const disk = { source: { kind: 'existing', pool: 'default', volume: 'data.qcow2' }, bus: 'scsi' } as const
  const data = '/var/lib/libvirt/images/data.qcow2'
  const changes: readonly Change[] = [
    {
      name: "a card's cable out",
      edit: { edit: 'changeNic', device: `nic:${MAC}`, linkUp: false },
      peer: ['domif-setlink', guest.uuid, MAC, 'down'],
      isThere: (xml) => xml.includes("<link state='down'/>"),
      back: ['domif-setlink', guest.uuid, MAC, 'up'],
    },
    {
      name: "a disk's limit of I/O",
      edit: { edit: 'changeDisk', device: 'disk:vda', limits: { totalIops: 500 } },
      peer: ['blkdeviotune', guest.uuid, 'vda', '--total-iops-sec', '500', '--live'],
      isThere: (xml) => xml.includes('<total_iops_sec>500<'),
      back: ['blkdeviotune', guest.uuid, 'vda', '--total-iops-sec', '0', '--live'],
    },
    {
      name: 'a disk plugged in',
      edit: { edit: 'addDisk', disk },
      peer: ['attach-disk', guest.uuid, data, 'sda', '--targetbus', 'scsi', '--driver', 'qemu', '--subdriver', 'qcow2', '--live'],
      isThere: (xml) => xml.includes(data),
      back: ['detach-disk', guest.uuid, data, '--live'],
    },
  ]
  const begin = await timed(ROUNDS, () => console.virsh('hostname'))
  yield {
    name: 'what virsh over ssh takes to begin, which is in its figures below, median',
    value: median(begin),
    unit: 'ms',
    budget: null,
  }
  const watch = await openWire(console.host)
  try {
    const dom = (await listAllDomains(watch.libvirt)).find(({ name }) => name === guest.name)
    if (!dom) throw new Error('the machine is not listed')
    for (const change of changes) yield* changed(console, machineId, change, { libvirt: watch.libvirt, dom })
  } finally {
    await watch.close()
  }
}

interface Watched {
  readonly libvirt: LibvirtHost
  readonly dom: DomainRef
}

interface Took {
  readonly effect: number[]
  readonly done: number[]
}

/** In turn, so that both meet the same machine. */
async function* changed(console: HostEngine, machineId: MachineId, change: Change, watched: Watched): AsyncGenerator<Figure> {
  const { hardware } = console.engine.client
  const ours: Took = { effect: [], done: [] }
  const theirs: Took = { effect: [], done: [] }
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const [took, act] of [
      [
        ours,
        async (revision: string) =>
          console.succeeds((await hardware.apply({ machineId, edit: change.edit, when: 'now', revision })).taskId),
      ],
      [theirs, () => console.virsh(...change.peer)],
    ] as const) {
      const { revision } = await hardware.view({ machineId })
      const start = performance.now()
      const since = () => performance.now() - start
      const [effect, done] = await Promise.all([holds(watched, change.isThere).then(since), act(revision).then(since)])
      await console.host.virsh(change.back)
      await holds(watched, (xml) => !change.isThere(xml))
      if (round < 0) continue
      took.effect.push(effect)
      took.done.push(done)
    }
  }
  yield beside(`${change.name}: asked → in effect on the host, median`, ours.effect, theirs.effect, change)
  yield beside(`${change.name}: asked → a page is told that it is done, median`, ours.done, theirs.done, change)
}

function beside(name: string, ours: readonly number[], theirs: readonly number[], { peer }: Change): Figure {
  const value = median(theirs)
  return { name, value: median(ours), unit: 'ms', budget: Math.round(SHARE * value), peer: { name: `virsh ${peer[0]}`, value } }
}

/** Asked over a connection of its own, one call after the other. */
async function holds({ libvirt, dom }: Watched, isSo: (xml: string) => boolean): Promise<void> {
  for (let look = 0; look < MOST_LOOKS; look += 1) if (isSo((await libvirt.call('domainGetXmlDesc', { dom, flags: 0 })).xml)) return
  throw new Error('the host never had it')
}
