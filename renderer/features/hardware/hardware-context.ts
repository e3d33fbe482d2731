import { createContext, useContext } from 'react'
import type { BuildOptions, EditableHardware, HardwareOptions, HardwareView, Machine } from '../../../shared/model/index.ts'

/** The machine that is edited, and what its host can give. */
export interface HardwareScene {
  readonly machine: Machine
  readonly view: HardwareView
  /** What the next start reads; of a transient machine what runs. */
  readonly shown: EditableHardware
  readonly options: HardwareOptions | undefined
  readonly parts: BuildOptions | undefined
  /** Why nothing can be changed now; null: it can. */
  readonly locked: string | null
  readonly refetch: () => Promise<HardwareView | undefined>
  /** Shows a part of the machine: `memory`, a device's key, `add`. */
  readonly go: (item: string) => void
}

export const HardwareContext = createContext<HardwareScene | null>(null)

export function useHardware(): HardwareScene {
  const scene = useContext(HardwareContext)
  if (!scene) throw new Error('no HardwareContext above this component')
  return scene
}
