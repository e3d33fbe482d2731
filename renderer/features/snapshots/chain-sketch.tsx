import type { DiskChain, Reason, SnapshotTree } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { type FileOfChain, fileName, filesOf } from './model/selection.ts'

/** Files that are drawn besides those that a reason names. */
const AROUND = 1

/** What a reason speaks of: the files that it names, in their chain, and who stands on them. Nothing where it names none. */
export function ChainSketch({ tree, reason }: { readonly tree: SnapshotTree; readonly reason: Reason }) {
  const { t } = useI18n()
  const named = new Set(Object.values(reason.params ?? {}).map(String))
  const chains = tree.chains
    .map((chain) => ({ target: chain.target, parts: partsOf(chain, named) }))
    .filter(({ parts }) => parts.length > 0)
  if (chains.length === 0) return null
  return (
    <figure className="snap-sketch">
      {chains.map(({ target, parts }) => (
        <div key={target}>
          <figcaption className="sub">{t('snapshots.chain', { target })}</figcaption>
          <ol>
            {parts.map((part, at) =>
              part === null ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: a gap has no name
                <li key={`gap-${at}`} className="sub">
                  …
                </li>
              ) : (
                <li key={part.path} className={named.has(part.path) || part.problem ? 'bad' : ''}>
                  <span className="mono" title={part.path}>
                    {fileName(part.path)}
                  </span>{' '}
                  <span className="sub">
                    {[
                      ...(part.isActive ? [t('snapshots.written')] : []),
                      // the line leads down the machine's own chain; what belongs to a branch says what it stands on
                      ...(part.holds !== 'machine' && part.base !== null ? [t('snapshots.stands-on', { base: fileName(part.base) })] : []),
                      ...(part.snapshots.length > 0 ? [t('snapshots.sketch-needed', { names: part.snapshots.join(', ') })] : []),
                      ...(part.usedBy.length > 0 ? [t('snapshots.used-by', { names: part.usedBy.join(', ') })] : []),
                    ].join('; ')}
                  </span>
                </li>
              ),
            )}
          </ol>
        </div>
      ))}
    </figure>
  )
}

/** The named files with their neighbours; null stands for those that are left out. */
function partsOf(chain: DiskChain, named: ReadonlySet<string>): Array<FileOfChain | null> {
  const files = filesOf(chain)
  const isNear = (at: number) => files.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(({ path }) => named.has(path))
  if (!files.some(({ path }) => named.has(path))) return []
  const parts: Array<FileOfChain | null> = []
  for (const [at, file] of files.entries()) {
    if (isNear(at)) parts.push(file)
    else if (parts.at(-1) !== null) parts.push(null)
  }
  return parts
}
