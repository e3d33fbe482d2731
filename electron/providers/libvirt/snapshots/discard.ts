import { z } from 'zod'
import type { SnapshotOperation } from '../../../../shared/model/index.ts'
import { type Deed, judge, refusedByPlan, type Sight } from '../../snapshots/index.ts'
import { imageArgument } from '../volumes/image-info.ts'
import { change } from '../volumes/volume-context.ts'
import { volumeAt } from './delete-files.ts'
import { readSight, type Seen } from './read-sight.ts'
import type { SnapshotContext } from './snapshot-context.ts'

/** Of `qemu-img info --output=json`, what an image holds inside. */
const insideSchema = z.object({ snapshots: z.array(z.object({ name: z.string() })).default([]) })

/** The sight that an operation is judged by: of files that would go, with what the host's own program finds in them. */
export async function readSightFor(context: SnapshotContext, operation: SnapshotOperation, isDecisive: boolean): Promise<Seen> {
  const seen = await readSight(context, isDecisive)
  if (operation.operation !== 'discard') return seen
  const { deed } = judge(seen.sight, operation)
  return deed?.do === 'discard' ? { ...seen, sight: await lookInside(context, seen.sight, deed.deletes) } : seen
}

async function lookInside(context: SnapshotContext, sight: Sight, paths: readonly string[]): Promise<Sight> {
  const inside = new Map<string, readonly string[]>()
  const held = new Set<string>()
  for (const path of paths) {
    const found = await namesInside(context, path, sight.files.get(path)?.format ?? null)
    if (found === null) continue
    inside.set(path, found.names)
    if (found.isHeld) held.add(path)
  }
  return { ...sight, inside, held }
}

/**
 * Null: it cannot be told. QEMU locks an image that it writes into; one that can be read only without asking for that lock is held by somebody,
 * who may be unknown to this host's libvirt.
 */
async function namesInside(
  { shell, work }: SnapshotContext,
  path: string,
  format: string | null,
): Promise<{ readonly names: readonly string[]; readonly isHeld: boolean } | null> {
  if (!shell || format === null) return null
  const image = imageArgument({ path, range: undefined }, format)
  for (const sharing of [[], ['-U']]) {
    const { code, stdout } = await shell.run(['qemu-img', 'info', '--output=json', ...sharing, '--', image], { signal: work.signal })
    if (code !== 0) continue
    const info = insideSchema.safeParse(JSON.parse(stdout))
    return info.success ? { names: info.data.snapshots.map(({ name }) => name), isHeld: sharing.length > 0 } : null
  }
  return null
}

/**
 * Deletes the files of a branch, the uppermost first. Each is judged by the rules once more just before: whatever needs one by now keeps it, and
 * those beneath. What an earlier attempt has deleted is passed over. Throws `precondition` for the first that has to stay.
 */
export async function discardBranch(
  context: SnapshotContext,
  { target, deletes }: Extract<Deed, { readonly do: 'discard' }>,
): Promise<void> {
  const { progress } = context
  for (const [at, path] of deletes.entries()) {
    if (!(await volumeAt(context, path))) continue
    const { sight } = await readSightFor(context, { operation: 'discard', target, path }, true)
    const vol = await volumeAt(context, path)
    // somebody was quicker
    if (!vol) continue
    const { plan, deed } = judge(sight, { operation: 'discard', target, path })
    if (deed === null) throw refusedByPlan(plan)
    await change(context, 'storageVolDelete', { vol, flags: 0 })
    context.backing.forget(vol.pool)
    context.touchPools()
    progress({ fraction: (at + 1) / deletes.length })
  }
}
