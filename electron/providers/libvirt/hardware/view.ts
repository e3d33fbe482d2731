import type { HardwareView } from '../../../../shared/model/index.ts'
import { at, childrenOf, parseXml, type XmlElement } from '../../../xml/index.ts'
import { within } from '../act-context.ts'
import { findVolume } from '../disks.ts'
import { diskKeyOf } from '../domain-facts.ts'
import { runOf } from './balloon.ts'
import { type HardwareContext, readDefinitions } from './hardware-context.ts'
import { pendingChanges } from './pending.ts'
import { type DiskKnowledge, readEditable } from './read-editable.ts'
import { capacityOf } from './size.ts'

/** What runs, what the next start reads, and what differs. */
export async function viewOf(context: HardwareContext): Promise<HardwareView> {
  const { runningXml, keptXml, revision } = await readDefinitions(context)
  const { balloons, dom } = context
  const [disks, { cpus: hostCpus }] = await Promise.all([
    readDisks(context, [runningXml, keptXml]),
    context.host.call('nodeGetInfo', {}, within(context)),
  ])
  const running = runningXml === null ? null : readEditable(runningXml, { disks, hostCpus })
  const kept = keptXml === null ? null : readEditable(keptXml, { disks, hostCpus })
  if (running) balloons.saw(dom.uuid, running.memoryKiB)
  const balloon = runningXml === null ? null : balloons.of(dom.uuid, runOf(runningXml))
  const isWaiting = balloon !== null && balloon.targetKiB !== running?.memoryKiB
  return {
    revision,
    running,
    kept,
    runningXml,
    keptXml,
    pending:
      running && kept && runningXml !== null && keptXml !== null ? pendingChanges(running, kept, { runningXml, keptXml, balloon }) : [],
    memoryAskedKiB: isWaiting && balloon.isAsked ? balloon.targetKiB : null,
    observedAtMs: context.clock.nowMs(),
  }
}

/** Each disk's volume and size, by what the definition calls its source. */
async function readDisks(context: HardwareContext, definitions: ReadonlyArray<string | null>): Promise<ReadonlyMap<string, DiskKnowledge>> {
  const sources = new Map<string, XmlElement>()
  for (const xml of definitions) {
    if (xml === null) continue
    for (const disk of childrenOf(at(parseXml(xml), 'devices'), 'disk')) {
      const source = at(disk, 'source')
      const key = diskKeyOf(source)
      if (source && key !== null) sources.set(key, source)
    }
  }
  const read = await Promise.all([...sources].map(async ([key, source]) => [key, await readDisk(context, key, source)] as const))
  return new Map(read)
}

async function readDisk(context: HardwareContext, key: string, source: XmlElement): Promise<DiskKnowledge> {
  const vol = await findVolume(context, source)
  return { place: vol && { pool: vol.pool, volume: vol.name }, capacityBytes: await capacityOf(context, key) }
}
