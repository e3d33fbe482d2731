import { create } from 'zustand'

interface PaletteState {
  readonly open: boolean
}

export const usePaletteState = create<PaletteState>(() => ({ open: false }))

export function openPalette(): void {
  usePaletteState.setState({ open: true })
}

export function closePalette(): void {
  usePaletteState.setState({ open: false })
}
