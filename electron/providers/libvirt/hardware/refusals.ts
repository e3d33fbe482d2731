import { hardwareReason, type Reason } from '../../../../shared/model/index.ts'

export function invalidXml(error: unknown): Reason {
  return hardwareReason('hardware.xml-invalid', { problem: error instanceof Error ? error.message : String(error) })
}

/** What a person's XML would take from another machine. */
export function takenFrom(taken: { readonly volume: string; readonly machines: readonly string[] } | null): Reason | null {
  return taken && hardwareReason('hardware.volume-in-use', { machines: taken.machines.join(', '), volume: taken.volume })
}
