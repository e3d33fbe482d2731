export interface KeyLike {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly shiftKey: boolean
  readonly altKey: boolean
}

export type GridAction =
  | { readonly kind: 'move'; readonly by: 1 | -1; readonly unit: 'row' | 'page'; readonly extend: boolean }
  | { readonly kind: 'edge'; readonly to: 'first' | 'last'; readonly extend: boolean }
  | { readonly kind: 'select' | 'select-all' | 'open' | 'clear' | 'menu' }

/** What a key means over the grid; null: nothing, leave it to others. */
export function gridKey(event: KeyLike): GridAction | null {
  const { key, shiftKey: extend } = event
  if (event.altKey) return null
  if (event.ctrlKey || event.metaKey) return key.toLowerCase() === 'a' ? { kind: 'select-all' } : null
  switch (key) {
    case 'ArrowDown':
    case 'j':
    case 'J':
      return { kind: 'move', by: 1, unit: 'row', extend }
    case 'ArrowUp':
    case 'k':
    case 'K':
      return { kind: 'move', by: -1, unit: 'row', extend }
    case 'PageDown':
      return { kind: 'move', by: 1, unit: 'page', extend }
    case 'PageUp':
      return { kind: 'move', by: -1, unit: 'page', extend }
    case 'Home':
      return { kind: 'edge', to: 'first', extend }
    case 'End':
      return { kind: 'edge', to: 'last', extend }
    case 'x':
    case ' ':
      return { kind: 'select' }
    case 'Enter':
      return { kind: 'open' }
    case 'Escape':
      return { kind: 'clear' }
    case 'ContextMenu':
      return { kind: 'menu' }
    case 'F10':
      return extend ? { kind: 'menu' } : null
    default:
      return null
  }
}
