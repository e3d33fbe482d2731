import type { MachineAction } from '../../../shared/model/index.ts'
import type { ActBaseline } from '../provider.ts'

/** A disk that was chosen to go with its machine, remembered while the machine's definition still names it. */
export interface ChosenVolume {
  readonly key: string
  readonly pool: string
  readonly name: string
  readonly capacityBytes: number
}

/** What a baseline of this provider remembers besides what all do. */
export interface Marker {
  /** libvirt's number of this run of the machine; -1 while it is off. Another number: it was off in between. */
  readonly id: number
  readonly tags: readonly string[]
  /** Of a deletion. Absent in the journals of releases that did not remember them. */
  readonly volumes?: readonly ChosenVolume[]
  /** An earlier attempt of the deletion has taken the machine: only the volumes are left. */
  readonly gone?: boolean
}

export function markerOf(baseline: ActBaseline): Marker | null {
  return baseline.marker === null ? null : (JSON.parse(baseline.marker) as Marker)
}

/** The baseline of a deletion that goes on after the machine is gone; null: nothing of it can be known. */
export function baselineOfRest(action: MachineAction, earlier: ActBaseline | undefined): ActBaseline | null {
  const marker = earlier ? markerOf(earlier) : null
  if (!earlier || !marker?.volumes || action.action !== 'delete' || action.diskKeys.length === 0) return null
  return { ...earlier, marker: JSON.stringify({ ...marker, gone: true } satisfies Marker) }
}

/** The volumes that an earlier attempt may have left; null: there was none, or it left the machine as well. */
export function volumesLeft(baseline: ActBaseline | undefined): readonly ChosenVolume[] | null {
  const marker = baseline ? markerOf(baseline) : null
  return marker?.gone ? (marker.volumes ?? null) : null
}
