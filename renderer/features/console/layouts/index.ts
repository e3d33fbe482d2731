import { de } from './de.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'
import type { Layout, LayoutId } from './layout.ts'
import { uk } from './uk.ts'
import { us } from './us.ts'

export const LAYOUTS: Readonly<Record<LayoutId, Layout>> = { us, uk, de, fr, es }
export { ACUTE, CIRCUMFLEX, DIAERESIS, GRAVE, LAYOUT_IDS, type Layout, type LayoutId, TILDE } from './layout.ts'
