import type { EditTime, HardwareEdit, HardwareOptions, HardwarePreview, HardwareView } from '../../../../shared/model/index.ts'
import type { ActOptions, CallOptions, HardwareEditor, ProbeAnswer } from '../../provider.ts'
import type { ActContext } from '../act-context.ts'
import { applyEdit } from './apply.ts'
import { BalloonWatch, type BalloonWatchPorts } from './balloon-watch.ts'
import type { HardwareContext } from './hardware-context.ts'
import { optionsOf } from './options.ts'
import { previewOf } from './preview.ts'
import { probeEdit } from './probe-edit.ts'
import { viewOf } from './view.ts'

/** One piece of work on the link: see `Link`. `command` names a change, whose lost answer is indeterminate. */
export type CallOnMachine = <T>(
  command: string | null,
  machineRef: string,
  options: ActOptions,
  run: (context: ActContext) => Promise<T>,
) => Promise<T>

/** The virtual hardware of the machines of one libvirt host. */
export class LibvirtHardware implements HardwareEditor {
  readonly #callOnMachine: CallOnMachine
  readonly #balloons: BalloonWatch

  constructor(ports: BalloonWatchPorts, call: CallOnMachine) {
    this.#callOnMachine = call
    this.#balloons = new BalloonWatch(ports)
  }

  view(machineRef: string, options: CallOptions): Promise<HardwareView> {
    return this.#call(null, machineRef, options, viewOf)
  }

  options(machineRef: string, options: CallOptions): Promise<HardwareOptions> {
    return this.#call(null, machineRef, options, optionsOf)
  }

  preview(machineRef: string, edit: HardwareEdit, options: CallOptions): Promise<HardwarePreview> {
    return this.#call(null, machineRef, options, (context) => previewOf(context, edit))
  }

  apply(machineRef: string, edit: HardwareEdit, when: EditTime, revision: string, options: ActOptions): Promise<void> {
    return this.#call(edit.edit, machineRef, options, (context) => applyEdit(context, edit, when, revision))
  }

  probe(machineRef: string, edit: HardwareEdit, when: EditTime, revision: string, options: CallOptions): Promise<ProbeAnswer> {
    return this.#call(null, machineRef, options, (context) => probeEdit(context, edit, when, revision))
  }

  #call<T>(command: string | null, machineRef: string, options: ActOptions, run: (context: HardwareContext) => Promise<T>): Promise<T> {
    return this.#callOnMachine(command, machineRef, options, async (context) => {
      await this.#balloons.heard(machineRef)
      return await run({ ...context, balloons: this.#balloons.targets })
    })
  }
}
