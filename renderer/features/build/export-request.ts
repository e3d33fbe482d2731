import { create } from 'zustand'

/** A package that this page has asked for. */
export interface AskedPackage {
  readonly taskId: string
  readonly exportId: string
  /** Disks that do not come along. */
  readonly leftOut: readonly string[]
}

interface ExportRequest {
  /** Whose dialog is open; null: none is. */
  readonly machineId: string | null
  /** By machine; they are saved also while no dialog is open. */
  readonly asked: Readonly<Record<string, AskedPackage>>
}

export const useExportRequest = create<ExportRequest>(() => ({ machineId: null, asked: {} }))

/** Asks what has to be asked, and exports the machine. Callable from a menu or the palette. */
export function requestExport(machineId: string): void {
  useExportRequest.setState({ machineId })
}

export function clearExportRequest(): void {
  useExportRequest.setState({ machineId: null })
}

export function keepAsked(machineId: string, asked: AskedPackage): void {
  useExportRequest.setState((before) => ({ asked: { ...before.asked, [machineId]: asked } }))
}

export function forgetAsked(machineId: string): void {
  useExportRequest.setState((before) => {
    const { [machineId]: _gone, ...asked } = before.asked
    return { asked }
  })
}
