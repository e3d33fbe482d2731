import { constants as c, type DomainSnapshotRef } from '../../../libvirt/index.ts'
import type { SnapshotChanges, SnapshotRecord } from '../../provider.ts'
import { change, within } from '../act-context.ts'
import { isUnsupported, libvirtNumber, VIR_ERR } from '../problems.ts'
import type { MachineContext } from './migration-context.ts'
import { snapshotsMissing } from './migration-problems.ts'
import { changedFor, filesOf, isShut, parentOf, withoutPasswords } from './snapshot-record-xml.ts'

const IN_FLIGHT = 8

/** What libvirt keeps of a machine's snapshots, in the order of their names, without passwords. */
export async function readRecords(context: MachineContext): Promise<readonly SnapshotRecord[]> {
  const [snaps, current] = await Promise.all([snapshotsOf(context), currentOf(context)])
  return await eachOf(snaps, async (snap) => {
    const [plain, secure] = [await textOf(context, snap, 0), await textOf(context, snap, c.VIR_DOMAIN_SNAPSHOT_XML_SECURE)]
    return { name: snap.name, parent: parentOf(plain), isCurrent: snap.name === current, text: withoutPasswords(plain, secure) }
  })
}

/** What they need besides the machine's own disks. */
export async function filesOfSnapshots(context: MachineContext): Promise<readonly string[]> {
  const files = await eachOf(await snapshotsOf(context), async (snap) => filesOf(await textOf(context, snap, 0)))
  return [...new Set(files.flat())]
}

/**
 * Forgets them, as virDomainSnapshotDelete with VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY does: nothing of their data is touched. `remember` gets them
 * before, with their passwords, by name. Children go first, so that what is left in between is a tree as it was.
 */
export async function forgetRecords(
  context: MachineContext,
  names: readonly string[],
  remember: (known: ReadonlyMap<string, string>) => void,
): Promise<void> {
  const snaps = (await snapshotsOf(context)).filter(({ name }) => names.includes(name))
  const known = await eachOf(snaps, async (snap) => {
    const text = await textOf(context, snap, c.VIR_DOMAIN_SNAPSHOT_XML_SECURE)
    return { snap, name: snap.name, parent: parentOf(text), text }
  })
  remember(new Map(known.map(({ name, text }) => [name, text])))
  for (const { snap } of parentsFirst(known).toReversed()) {
    await change(context, 'domainSnapshotDelete', { snap, flags: c.VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY }).catch(unlessGone)
  }
}

/**
 * Makes them known here, as virDomainSnapshotCreateXML with VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE does. `secret`: the same with their passwords, by
 * name, where they are still known. Answers those with a display that stays shut. Throws `remote-failure` migration.snapshots-missing.
 */
export async function recallRecords(
  context: MachineContext,
  records: readonly SnapshotRecord[],
  changes: SnapshotChanges | null,
  secret: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const { dom } = context
  const shut: string[] = []
  for (const { name, isCurrent, text } of parentsFirst(records)) {
    const known = secret.get(name) ?? text
    if (!secret.has(name) && isShut(text)) shut.push(name)
    const flags = c.VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE | (isCurrent ? c.VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT : 0)
    await change(context, 'domainSnapshotCreateXml', { dom, xmlDesc: changes ? changedFor(known, changes) : known, flags })
  }
  const [there, current] = await Promise.all([snapshotsOf(context), currentOf(context)])
  const missing = records.filter(({ name, isCurrent }) => !there.some((snap) => snap.name === name) || (isCurrent && name !== current))
  if (missing.length > 0) throw snapshotsMissing(dom.name, missing)
  return shut
}

/** libvirt takes no snapshot whose parent it does not know. */
export function parentsFirst<T extends Pick<SnapshotRecord, 'name' | 'parent'>>(records: readonly T[]): readonly T[] {
  const names = new Set(records.map(({ name }) => name))
  const sorted: T[] = []
  const done = new Set<string>()
  for (let left = records; left.length > 0; ) {
    const next = left.filter(({ parent }) => parent === null || done.has(parent) || !names.has(parent))
    // a circle, which libvirt does not make: it is its to refuse
    const taken = next.length > 0 ? next : left
    sorted.push(...taken)
    for (const { name } of taken) done.add(name)
    left = left.filter(({ name }) => !done.has(name))
  }
  return sorted
}

async function snapshotsOf(context: MachineContext): Promise<readonly DomainSnapshotRef[]> {
  const { host, dom } = context
  const { snapshots } = await host.call('domainListAllSnapshots', { dom, needResults: 1, flags: 0 }, within(context))
  return snapshots.toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

async function currentOf(context: MachineContext): Promise<string | null> {
  const { host, dom } = context
  try {
    return (await host.call('domainSnapshotCurrent', { dom, flags: 0 }, within(context))).snap.name
  } catch (error) {
    if (libvirtNumber(error) === VIR_ERR.noSnapshot || isUnsupported(error)) return null
    throw error
  }
}

async function textOf(context: MachineContext, snap: DomainSnapshotRef, flags: number): Promise<string> {
  return (await context.host.call('domainSnapshotGetXmlDesc', { snap, flags }, within(context))).xml
}

/** In their order, a few at a time. One that somebody has deleted meanwhile is left out. */
async function eachOf<R>(all: readonly DomainSnapshotRef[], run: (snap: DomainSnapshotRef) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let from = 0; from < all.length; from += IN_FLIGHT) {
    const some = all.slice(from, from + IN_FLIGHT).map(async (snap) => await run(snap).then((one) => [one], unlessGone))
    results.push(...(await Promise.all(some)).flat())
  }
  return results
}

function unlessGone(error: unknown): never[] {
  if (libvirtNumber(error) === VIR_ERR.noSnapshot) return []
  throw error
}
