import { memo } from 'react'
import { type I18n, useI18n } from '../../lib/i18n/index.ts'
import { useEntity, useMachineScene } from '../../lib/live/index.ts'
import { machineStatus } from '../../lib/machine/index.ts'
import { useTicking } from '../../lib/time/ticker.ts'
import { Chevron, Fresh, Prov, StateIcon, type StateShape, TemplateChip } from '../../ui/index.ts'
import type { TreeNode } from './tree-model.ts'

export interface TreeRowProps {
  readonly id: string
  readonly node: TreeNode
  readonly top: number
  readonly selected: boolean
  readonly cursor: boolean
  /** Everything is offline, and one banner says so: no age in each row. */
  readonly calm: boolean
}

const INDENT = 14

export const TreeRow = memo(function TreeRow({ id, node, top, selected, cursor, calm }: TreeRowProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const note = useTicking((nowMs) => (node.lostSinceMs === null || calm ? '' : format.span(nowMs - node.lostSinceMs)))
  const more = node.target.kind === 'more' || node.label.kind === 'none' || node.label.kind === 'storage'
  return (
    <div
      id={id}
      role="treeitem"
      tabIndex={-1}
      aria-level={node.depth + 1}
      aria-selected={selected}
      aria-expanded={node.expandable ? node.expanded : undefined}
      className={`tree-row${node.strong ? ' strong' : ''}${more ? ' more' : ''}${node.stale ? ' stale' : ''}${cursor ? ' cursor' : ''}`}
      style={{ top, paddingInlineStart: 8 + node.depth * INDENT }}
    >
      <span className={`tree-twist${node.expandable ? ' foldable' : ''}`}>
        {node.machineId ? (
          <MachineIcon machineId={node.machineId} />
        ) : node.state ? (
          <StateIcon shape={STATE_SHAPES[node.state] ?? 'unknown'} />
        ) : null}
        {node.expandable && <Chevron open={node.expanded} />}
      </span>
      {node.providerId && <Prov providerId={node.providerId} />}
      <span className="tree-name" title={node.label.text || undefined}>
        {nodeText(node, i18n)}
      </span>
      {node.inMaintenance && <span className="tree-note">{t('maintenance.tree')}</span>}
      {node.machineId && <TreeTemplate machineId={node.machineId} />}
      {node.machineId && <TreeMove machineId={node.machineId} />}
      {note && <span className="tree-note num">{note}</span>}
      {node.count !== null && <span className="tree-count num">{format.number(node.count)}</span>}
      {node.fresh && <Fresh shape={node.fresh} label={t(`fresh.${node.fresh}`)} />}
    </div>
  )
})

const STATE_SHAPES: Readonly<Record<string, StateShape>> = {
  attention: 'attention',
  running: 'running',
  stopped: 'stopped',
  paused: 'paused',
  suspended: 'paused',
  saved: 'saved',
  starting: 'busy',
  stopping: 'busy',
  migrating: 'migrating',
  crashed: 'failed',
}

function nodeText(node: TreeNode, { t, code, format }: I18n): string {
  const { label } = node
  switch (label.kind) {
    case 'all':
      return t('tree.all')
    case 'state':
      return label.text === 'attention' ? t('view.attention') : code('state', label.text, label.text)
    case 'more-machines':
      return t('tree.more-machines', { count: format.number(label.count ?? 0) })
    case 'more-hosts':
      return t('tree.more-hosts', { count: format.number(label.count ?? 0), kind: label.hostKind ?? 'hypervisor' })
    case 'none':
      return t('tree.no-machines')
    case 'storage':
      return t('tree.storage')
    case 'name':
      return label.text
  }
}

function TreeTemplate({ machineId }: { readonly machineId: string }) {
  const machine = useEntity('machine', machineId)
  return machine?.template ? <TemplateChip template={machine.template} /> : null
}

/** Where it goes, while it moves. */
function TreeMove({ machineId }: { readonly machineId: string }) {
  const i18n = useI18n()
  const { machine, freshness, task } = useMachineScene(machineId)
  const status = machine && machineStatus(machine, freshness, task, i18n)
  if (!status?.brief) return null
  return (
    <span className="tree-move num" title={status.word} aria-hidden>
      {status.brief}
    </span>
  )
}

function MachineIcon({ machineId }: { readonly machineId: string }) {
  const i18n = useI18n()
  const { machine, freshness, task } = useMachineScene(machineId)
  if (!machine) return null
  const status = machineStatus(machine, freshness, task, i18n)
  return (
    <>
      <StateIcon shape={status.shape} muted={status.tone === 'past'} />
      <span className="visually-hidden">{status.word}</span>
    </>
  )
}
