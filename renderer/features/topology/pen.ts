import type { NodeRate, TopologyNode } from '../../../shared/model/index.ts'
import type { CanvasText } from './canvas-text.ts'
import type { Column } from './layout.ts'
import type { Palette } from './palette.ts'
import type { Path } from './path.ts'
import type { Block, Scene, Spot } from './scene.ts'

/** What is worded outside of it. */
export interface DrawWords {
  /** Counts, and what is wrong, behind a host's name. */
  readonly head: (block: Block) => { readonly text: string; readonly trouble: string | null }
  /** What stands at the right in a node's box: its speed, mode, address. */
  readonly side: (node: TopologyNode) => string
  /** The state, where it has to be read: a link that is down, a machine that is off. */
  readonly state: (node: TopologyNode) => string | null
  /** Both ways together. */
  readonly rate: (rate: NodeRate) => string
  readonly waiting: string
}

export interface View {
  readonly scene: Scene
  readonly columns: readonly Column[]
  readonly width: number
  readonly top: number
  readonly height: number
  readonly selected: Spot | null
  /** Of the selected node. */
  readonly path: Path | null
  readonly cursor: Spot | null
  /** Under the pointer. */
  readonly hover: Spot | null
  readonly rates: ReadonlyMap<string, ReadonlyMap<string, NodeRate>>
  readonly openIds: ReadonlySet<string>
}

/** What everything is drawn with. */
export interface Pen {
  readonly context: CanvasRenderingContext2D
  readonly palette: Palette
  readonly words: DrawWords
  readonly text: CanvasText
}

export const DIM = 0.3
