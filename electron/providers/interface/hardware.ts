import type { EditTime, HardwareEdit, HardwareOptions, HardwarePreview, HardwareView } from '../../../shared/model/index.ts'
import type { ActOptions, CallOptions, ProbeAnswer } from './calls.ts'

/** Changes virtual hardware of the machines of one connection. References are the provider's own; every call throws AppError. */
export interface HardwareEditor {
  view(machineRef: string, options: CallOptions): Promise<HardwareView>
  options(machineRef: string, options: CallOptions): Promise<HardwareOptions>
  /** What an edit would do. Only reads. */
  preview(machineRef: string, edit: HardwareEdit, options: CallOptions): Promise<HardwarePreview>
  /**
   * Does it. Throws `conflict` hardware.changed-meanwhile when the machine's definitions are not those of `revision` any more;
   * `indeterminate` when the request left and no answer came.
   */
  apply(machineRef: string, edit: HardwareEdit, when: EditTime, revision: string, options: ActOptions): Promise<void>
  /** After a lost reply or a crash: is the machine as the edit wants it? Only reads. */
  probe(machineRef: string, edit: HardwareEdit, when: EditTime, revision: string, options: CallOptions): Promise<ProbeAnswer>
}
