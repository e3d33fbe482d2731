/** What every cloud's steps are made of. */
export interface ImportCase {
  /** As the cloud takes it. */
  readonly name: string
  readonly hostName: string
  readonly region: string
  readonly isWindows: boolean
  readonly isUefi: boolean
  /** The machine type that is proposed; null: the list has no prices there. */
  readonly type: string | null
  /** The first is the one it boots from. */
  readonly disks: ReadonlyArray<{
    readonly target: string
    readonly path: string
    readonly format: string
    readonly capacityBytes: number | null
    readonly allocationBytes: number | null
  }>
}
