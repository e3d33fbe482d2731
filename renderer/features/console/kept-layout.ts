import { keep, readKept } from './kept.ts'
import { LAYOUT_IDS, type LayoutId } from './layouts/index.ts'

/** The layout somebody chose for a machine, else the one that fits the page's language. */
export function keptLayout(machineId: string, language: string): LayoutId {
  const kept = readKept(`layout.${machineId}`) ?? language
  return LAYOUT_IDS.find((id) => id === kept) ?? 'us'
}

export function keepLayout(machineId: string, layout: LayoutId): void {
  keep(`layout.${machineId}`, layout)
}
