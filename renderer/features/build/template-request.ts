import { create } from 'zustand'

interface TemplateRequest {
  /** Of which a template is to be made; null: of none. */
  readonly machineId: string | null
}

export const useTemplateRequest = create<TemplateRequest>(() => ({ machineId: null }))

/** Asks what has to be asked, and makes the template. Callable from a menu or the palette. */
export function requestTemplate(machineId: string): void {
  useTemplateRequest.setState({ machineId })
}

export function clearTemplateRequest(): void {
  useTemplateRequest.setState({ machineId: null })
}
