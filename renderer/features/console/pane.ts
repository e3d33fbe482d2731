import type { ReactNode } from 'react'
import type { Machine, MachineConsole } from '../../../shared/model/index.ts'
import type { Obstacle } from './obstacle.ts'
import type { OwnWindows } from './use-own-windows.tsx'

/** What a console's pane is given, whatever it shows. */
export interface PaneProps {
  readonly machine: Machine
  readonly target: MachineConsole
  readonly obstacle: Obstacle | null
  /** It may be opened now. */
  readonly allowed: boolean
  /** In a window of its own. */
  readonly plain: boolean
  readonly picker: ReactNode
  readonly windows: OwnWindows
  readonly onListAgain: () => void
}
