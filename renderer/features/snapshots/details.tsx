import { Link } from 'react-router'
import type { Machine, Snapshot, SnapshotTree } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { paths } from '../../lib/paths.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton, CopyButton, Facts, Panel, StateIcon, Tags } from '../../ui/index.ts'
import { neededWords } from './chain-table.tsx'
import type { Draft } from './model/draft.ts'
import { beneath, type FileOfChain, fileName } from './model/selection.ts'
import { Holds } from './tree-table.tsx'
import { keptName } from './words.ts'

export interface DetailProps {
  readonly machine: Machine
  readonly tree: SnapshotTree
  /** Why nothing can be done now; undefined: it can. */
  readonly blocked: string | undefined
  readonly onAct: (draft: Draft) => void
}

/** What is known of one snapshot, and what can be done with it. */
export function SnapshotDetail({ machine, tree, blocked, snapshot, onAct }: DetailProps & { readonly snapshot: Snapshot }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { name, parent, createdAtMs, description, tags, kind, state, sizeBytes, disks, scheduleId, noRevert, noDelete } = snapshot
  const data = disks.filter((disk) => disk.kind !== 'none')
  const noDeleteText = noDelete === null ? undefined : i18n.reason(noDelete)
  return (
    <Panel title={name} className="snap-detail">
      <div className="snap-actions">
        <ActionButton
          variant="secondary"
          disabledReason={blocked}
          onClick={() => onAct({ operation: 'revert', name, keepAs: keptName(t, tree), start: false })}
        >
          {t('snapshots.act.revert')}
        </ActionButton>
        <ActionButton
          variant="secondary"
          disabledReason={blocked}
          onClick={() => onAct({ operation: 'clone', name, as: `${machine.name}-${name}`.replaceAll(/[^\w.-]/g, '-').slice(0, 64) })}
        >
          {t('snapshots.act.clone')}
        </ActionButton>
        <ActionButton variant="secondary" disabledReason={blocked} onClick={() => onAct({ operation: 'delete', name })}>
          {t('snapshots.act.delete')}
        </ActionButton>
        <ActionButton
          variant="link"
          isInline
          disabledReason={blocked}
          onClick={() => onAct({ operation: 'describe', name, description, tags })}
        >
          {t('snapshots.act.describe')}
        </ActionButton>
      </div>
      {noRevert && <Trouble title={t('snapshots.no-way-back')} text={i18n.reason(noRevert)} />}
      {noDeleteText !== undefined && <Trouble title={t('snapshots.no-delete')} text={noDeleteText} />}
      {description !== null && <p className="snap-description">{description}</p>}
      <Facts
        facts={[
          { label: t('snapshots.column.taken'), value: <span title={format.absolute(createdAtMs)}>{format.when(createdAtMs)}</span> },
          { label: t('snapshots.goes-on'), value: parent ?? t('snapshots.root') },
          { label: t('snapshots.kind'), value: t(`snapshots.kind.${kind}`) },
          { label: t('snapshots.column.holds'), value: <Holds snapshot={snapshot} /> },
          { label: t('snapshots.machine-was'), value: i18n.optional(`snapshots.state.${state}`) ?? state },
          { label: t('snapshots.column.size'), value: sizeBytes === null ? null : format.bytes(sizeBytes) },
          ...(tags.length > 0 ? [{ label: t('snapshots.column.tags'), value: <Tags tags={tags} max={8} /> }] : []),
          ...(scheduleId === null
            ? []
            : [{ label: t('snapshots.taken-by'), value: <Link to={paths.snapshotSchedules()}>{t('snapshots.a-schedule')}</Link> }]),
        ]}
      />
      <h3>{t('snapshots.data-in')}</h3>
      <ul className="snap-files">
        {data.map(({ target, kind: how, file }) => (
          <li key={target}>
            <b>{target}</b>{' '}
            <span className="mono" title={file ?? undefined}>
              {file === null ? '–' : fileName(file)}
            </span>{' '}
            <span className="sub">{t(how === 'internal' ? 'snapshots.lies-inside' : 'snapshots.is-frozen')}</span>
          </li>
        ))}
      </ul>
      {tree.snapshots.some((one) => one.parent === name) && (
        <p className="form-note">
          {t('snapshots.children', { names: tree.snapshots.flatMap((one) => (one.parent === name ? [one.name] : [])).join(', ') })}
        </p>
      )}
    </Panel>
  )
}

/** What is known of one file of a chain, and what can be done with it. */
export function FileDetail({ tree, blocked, file, onAct }: DetailProps & { readonly file: FileOfChain }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { path, pool, format: kind, capacityBytes, allocationBytes, writtenAtMs, isActive, snapshots, usedBy, base, problem, target } = file
  const may = usePermissions()
  const bases = beneath(tree, target, path)
  const isInChain = tree.chains.some((chain) => chain.target === target && chain.files.some((one) => one.path === path))
  const noMerge = isInChain ? (bases.length === 0 ? t('snapshots.nothing-beneath') : undefined) : t('snapshots.other-branch')
  const [nearest] = bases
  return (
    <Panel title={fileName(path)} className="snap-detail">
      <div className="snap-actions">
        <ActionButton
          variant="secondary"
          disabledReason={blocked ?? noMerge}
          onClick={() => onAct({ operation: 'merge', target, top: path, base: nearest?.path ?? '' })}
        >
          {t('snapshots.act.merge')}
        </ActionButton>
        {!isInChain && (
          <ActionButton
            variant="secondary"
            disabledReason={blocked ?? (may('volume.write') ? undefined : t('route.forbidden.text', { permission: 'volume.write' }))}
            onClick={() => onAct({ operation: 'discard', target, path })}
          >
            {t('snapshots.act.discard')}
          </ActionButton>
        )}
        {isActive && (
          <ActionButton
            variant="secondary"
            disabledReason={blocked ?? (bases.length === 0 ? t('snapshots.nothing-beneath') : undefined)}
            onClick={() => onAct({ operation: 'flatten', target })}
          >
            {t('snapshots.act.flatten')}
          </ActionButton>
        )}
      </div>
      {problem && <Trouble title={t('snapshots.file-trouble')} text={i18n.reason(problem)} />}
      {usedBy.length > 0 && <Trouble tone="warn" title={t('snapshots.others-stand')} text={usedBy.join(', ')} />}
      <Facts
        facts={[
          {
            label: t('snapshots.path'),
            value: (
              <span className="with-copy">
                <span className="mono">{path}</span>
                <CopyButton text={path} what={t('snapshots.path')} />
              </span>
            ),
          },
          {
            label: t('snapshots.goes-on-file'),
            value: base === null ? t('snapshots.stands-alone') : <span className="mono">{fileName(base)}</span>,
          },
          { label: t('snapshots.column.pool'), value: pool },
          { label: t('snapshots.format'), value: kind },
          { label: t('snapshots.capacity'), value: capacityBytes === null ? null : format.bytes(capacityBytes) },
          { label: t('snapshots.allocated'), value: allocationBytes === null ? null : format.bytes(allocationBytes) },
          {
            label: t('snapshots.written-last'),
            value: writtenAtMs === null ? null : <span title={format.absolute(writtenAtMs)}>{format.when(writtenAtMs)}</span>,
          },
          { label: t('snapshots.column.needed'), value: snapshots.length === 0 ? neededWords(file, t) : snapshots.join(', ') },
        ]}
      />
      {isActive && <p className="form-note">{t('snapshots.active-text')}</p>}
      {file.holds === 'nothing' && <p className="form-note">{t('snapshots.left-behind-text')}</p>}
    </Panel>
  )
}

function Trouble({ title, text, tone = 'bad' }: { readonly title: string; readonly text: string; readonly tone?: 'bad' | 'warn' }) {
  return (
    <div className={tone === 'bad' ? 'snap-losses' : 'snap-losses warn'}>
      <StateIcon shape={tone === 'bad' ? 'failed' : 'attention'} />
      <div>
        <b>{title}</b>
        <p>{text}</p>
      </div>
    </div>
  )
}
