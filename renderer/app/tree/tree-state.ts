import { create } from 'zustand'
import { MORE_STEP, ROOT, type TreeMode } from './tree-model.ts'

interface TreeState {
  readonly mode: TreeMode
  readonly expanded: ReadonlySet<string>
  readonly limits: ReadonlyMap<string, number>
  readonly cursorKey: string | null
}

/** What is unfolded: it outlives a change of page. */
export const useTreeState = create<TreeState>(() => ({
  mode: 'connection',
  expanded: new Set<string>(),
  limits: new Map<string, number>(),
  cursorKey: null,
}))

export function setTreeMode(mode: TreeMode): void {
  useTreeState.setState({ mode, cursorKey: null })
}

export function setTreeCursor(cursorKey: string): void {
  useTreeState.setState({ cursorKey })
}

/** The root is open by default, all else is closed. */
export function toggleNode(key: string): void {
  const entry = key === ROOT ? `closed/${ROOT}` : key
  useTreeState.setState((state) => {
    const expanded = new Set(state.expanded)
    if (!expanded.delete(entry)) expanded.add(entry)
    return { expanded }
  })
}

/** Lists more children of a node: "93 more hosts" was pressed. */
export function showMore(parent: string): void {
  useTreeState.setState((state) => ({ limits: new Map(state.limits).set(parent, (state.limits.get(parent) ?? 30) + MORE_STEP) }))
}
