import { snapshotCount } from '../snapshot-count.ts'
import { blocks, type Case, type Check, diskMoves, passes, sendsMemory, unknown, type Verdict, warns } from './judge.ts'

/** What libvirt keeps of a machine beside its definition comes along, stays behind, or keeps the machine from going. */
export const snapshots: Check = (one) => {
  const { out, sourceName: source } = one
  const found = [
    ...(snapshotCount(out) > 0 ? snapshotsOf(one) : []),
    ...(out.checkpoints > 0 ? [warns('checkpoints', { params: { count: String(out.checkpoints) } })] : []),
    ...(out.hasManagedSave && !out.isRunning ? [blocks('saved', { params: { source } })] : []),
  ]
  return found.length > 0 ? found : [passes('snapshots-none')]
}

/** Their data lie in the machine's disks, or in files beneath them: they go with a disk that is shared, or with all bytes of one that is off. */
function snapshotsOf(one: Case): readonly Verdict[] {
  const { out, sourceName: source, targetName: target } = one
  const { internal, external } = out.snapshots
  const facts = `${internal} internal, ${external} external`
  const params = { count: String(snapshotCount(out)), source, target }
  const copied = diskMoves(one).flatMap(({ disk, move }) => (move.how === 'copy' ? [disk] : []))
  // all bytes of a file are known to arrive only where this console carries them
  const isUntold = copied.length > 0 && !sendsMemory(one) && one.carried === null
  if (!one.recallsSnapshots || isUntold) return [blocks('snapshots', { params, facts })]
  const disks = copied.map((disk) => disk.target).join(', ')
  if (copied.length > 0 && sendsMemory(one)) return [blocks('snapshots-live-copy', { params: { ...params, disks }, facts })]
  if (copied.length > 0 && external > 0) return [blocks('snapshots-chain', { params: { ...params, disks }, facts })]
  const whole = copied.filter(({ backing }) => backing.length > 0)
  if (whole.length > 0) {
    return whole.map(({ target: disk, backing }) =>
      blocks('snapshots-whole', { about: disk, params: { ...params, disk, backing: backing.join(', ') }, facts }),
    )
  }
  return [passes('snapshots-go', { params, facts }), ...filesLeft(one)]
}

/** Memory of then, and disks that the machine does not have any more; of its own disks the other checks say enough. */
function filesLeft({ out, into, sourceName: source, targetName: target }: Case): readonly Verdict[] {
  const own = new Set(out.disks.flatMap(({ path, backing }) => [path, ...backing]))
  const others = (out.snapshots.files ?? []).filter((path) => !own.has(path))
  return others.flatMap((path): Verdict[] => {
    const seen = into.paths.get(path)
    const more = { about: path, params: { path, source, target } }
    if (seen?.exists === true && seen.isShared === true) return []
    return [
      seen === undefined || (seen.exists && seen.isShared === null)
        ? unknown('snapshots-file-unknown', more)
        : warns('snapshots-file', more),
    ]
  })
}
