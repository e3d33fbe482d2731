import { LAYOUT_IDS, type LayoutId } from './layouts/index.ts'

const KEY = 'novacron.console.layout'

/** The layout somebody chose for a machine, else the one that fits the page's language. */
export function keptLayout(machineId: string, language: string): LayoutId {
  const kept = read(`${KEY}.${machineId}`) ?? language
  return LAYOUT_IDS.find((id) => id === kept) ?? 'us'
}

export function keepLayout(machineId: string, layout: LayoutId): void {
  try {
    localStorage.setItem(`${KEY}.${machineId}`, layout)
  } catch {
    // Private mode: it holds as long as the dialog.
  }
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}
