import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type MouseEvent, useCallback, useMemo, useRef } from 'react'
import { useLocation, useNavigate, useSearchParams } from 'react-router'
import { type MessageKey, useT } from '../../lib/i18n/index.ts'
import { useIndexVersion, useLive, useTable } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { useOffline, useWorkspaceId } from '../../lib/session/index.ts'
import { Fresh } from '../../ui/index.ts'
import { buildTree, TREE_MODES, type TreeMode, type TreeNode } from './tree-model.ts'
import { TreeRow } from './tree-row.tsx'
import { setTreeCursor, setTreeMode, showMore, toggleNode, useTreeState } from './tree-state.ts'

const ROW = 26
const TYPE_AHEAD_MS = 800

const MODE_LABELS: Readonly<Record<TreeMode, MessageKey>> = {
  connection: 'tree.mode.connection',
  tag: 'tree.mode.tag',
  state: 'tree.mode.state',
  network: 'tree.mode.network',
}

/** The inventory beside every page: by connection, tag, state or network, with live counts. */
export function TreePane() {
  const t = useT()
  const mode = useTreeState((state) => state.mode)
  const workspaceId = useWorkspaceId()
  return (
    <aside className="side" aria-label={t('tree.title')}>
      <div className="segmented" role="tablist" aria-label={t('tree.group-by')}>
        {TREE_MODES.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`tree-tab-${one}`}
            aria-controls="tree"
            aria-selected={one === mode}
            onClick={() => setTreeMode(one)}
          >
            {t(MODE_LABELS[one])}
          </button>
        ))}
      </div>
      {workspaceId === null ? <div className="tree" /> : <Tree workspaceId={workspaceId} mode={mode} />}
      <div className="side-foot">
        <span>
          <Fresh shape="live" /> {t('fresh.live')}
        </span>
        <span>
          <Fresh shape="partly" /> {t('fresh.partly')}
        </span>
        <span>
          <Fresh shape="lost" /> {t('fresh.lost')}
        </span>
      </div>
    </aside>
  )
}

function Tree({ workspaceId, mode }: { readonly workspaceId: string; readonly mode: TreeMode }) {
  const t = useT()
  const navigate = useNavigate()
  const nodes = useTreeNodes(workspaceId, mode)
  const selectedKey = useSelectedKey(nodes)
  const calm = useOffline()
  const cursorKey = useTreeState((state) => state.cursorKey) ?? selectedKey
  const scroller = useRef<HTMLDivElement>(null)
  const typed = useRef({ text: '', atMs: 0 })
  // The same function from render to render: with a new one it would measure all rows again.
  const keyAt = useCallback((index: number) => nodes[index]?.key ?? index, [nodes])
  // oxlint-disable-next-line react/incompatible-library -- it renders by itself when it scrolls
  const virtualizer = useVirtualizer({
    count: nodes.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 10,
    getItemKey: keyAt,
  })
  const at = nodes.findIndex((node) => node.key === cursorKey)

  function moveTo(index: number) {
    const node = nodes[index]
    if (!node) return
    setTreeCursor(node.key)
    virtualizer.scrollToIndex(index, { align: 'auto' })
  }

  function activate(node: TreeNode) {
    setTreeCursor(node.key)
    if (node.target.kind === 'query') void navigate(paths.fleet(node.target.query))
    else if (node.target.kind === 'path') void navigate(node.target.path)
    else showMore(node.target.parent)
  }

  function nodeAt(event: MouseEvent): TreeNode | undefined {
    const row = event.target instanceof Element ? event.target.closest('[role="treeitem"]') : null
    return row ? nodes[Number(row.id.slice('tree-'.length))] : undefined
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const node = nodes[at]
    const { key } = event
    if (key === 'ArrowDown') moveTo(Math.min(at + 1, nodes.length - 1))
    else if (key === 'ArrowUp') moveTo(Math.max(at - 1, 0))
    else if (key === 'Home') moveTo(0)
    else if (key === 'End') moveTo(nodes.length - 1)
    else if (key === 'ArrowRight' && node) {
      if (node.expandable && !node.expanded) toggleNode(node.key)
      else if (node.expanded) moveTo(at + 1)
    } else if (key === 'ArrowLeft' && node) {
      if (node.expanded) toggleNode(node.key)
      else moveTo(nodes.findLastIndex((one, index) => index < at && one.depth < node.depth))
    } else if (key === 'Enter' && node) {
      if (node.page) void navigate(node.page)
      else activate(node)
    } else if (key === ' ' && node) activate(node)
    else if (key.length === 1 && key !== '/') typeAhead(key)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  function typeAhead(key: string) {
    const now = performance.now()
    const { text, atMs } = typed.current
    const search = (now - atMs > TYPE_AHEAD_MS ? '' : text) + key.toLocaleLowerCase()
    typed.current = { text: search, atMs: now }
    const start = search.length > 1 ? at : at + 1
    for (let step = 0; step < nodes.length; step++) {
      const index = (start + step) % nodes.length
      if (nodes[index]?.label.text.toLocaleLowerCase().startsWith(search)) {
        moveTo(index)
        return
      }
    }
  }

  const items = virtualizer.getVirtualItems()
  const shown = items.some((item) => item.index === at)
  return (
    <div
      ref={scroller}
      id="tree"
      className="tree"
      role="tree"
      aria-label={t('tree.title')}
      aria-activedescendant={shown && at >= 0 ? `tree-${at}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onClick={(event) => {
        const node = nodeAt(event)
        if (!node) return
        if (event.target instanceof Element && event.target.closest('.tree-twist.foldable')) {
          setTreeCursor(node.key)
          toggleNode(node.key)
        } else activate(node)
      }}
      onDoubleClick={(event) => {
        const page = nodeAt(event)?.page
        if (page) void navigate(page)
      }}
    >
      {nodes.length === 0 && <p className="tree-empty">{t('tree.empty')}</p>}
      <div role="presentation" style={{ height: virtualizer.getTotalSize(), position: 'relative' }}>
        {items.map((item) => {
          const node = nodes[item.index]
          return (
            node && (
              <TreeRow
                key={node.key}
                id={`tree-${item.index}`}
                node={node}
                top={item.start}
                selected={node.key === selectedKey}
                cursor={item.index === at}
                calm={calm}
              />
            )
          )
        })}
      </div>
    </div>
  )
}

function useTreeNodes(workspaceId: string, mode: TreeMode): readonly TreeNode[] {
  const { store, index } = useLive()
  const version = useIndexVersion()
  const connections = useTable('connection')
  const expanded = useTreeState((state) => state.expanded)
  const limits = useTreeState((state) => state.limits)
  return useMemo(
    () => treeOf({ store, index, workspaceId, mode, expanded, limits }, version, connections),
    [store, index, workspaceId, mode, expanded, limits, version, connections],
  )
}

/** The last two are not read: they stand for the content of the store, which changes in place. */
function treeOf(input: Parameters<typeof buildTree>[0], _version: number, _connections: readonly unknown[]): readonly TreeNode[] {
  return buildTree(input)
}

/** The node that the address points at. */
function useSelectedKey(nodes: readonly TreeNode[]): string | null {
  const { pathname } = useLocation()
  const [params] = useSearchParams()
  const query = params.get('q') ?? ''
  return useMemo(() => {
    const hit =
      pathname === '/fleet'
        ? nodes.find((node) => node.target.kind === 'query' && node.target.query === query)
        : nodes.find((node) => node.page === pathname)
    return hit?.key ?? null
  }, [nodes, pathname, query])
}
