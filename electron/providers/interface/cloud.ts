import type {
  CallBudgetView,
  CloudMachineSpec,
  CloudPermission,
  CloudResource,
  CloudResourceKind,
  CommandOutcome,
  MachineType,
} from '../../../shared/model/index.ts'
import type { ActOptions, CallOptions } from './calls.ts'
import type { DiskImages } from './disk-images.ts'

/** What only an account of a cloud has. A place is the nativeRef of a host of that connection. Every call throws AppError. */
export interface CloudServices {
  /** Calls of the last minute and how many are allowed. Asks nobody. */
  budget(): CallBudgetView
  /** Every permission the console makes use of, as far as it can be found out without doing anything. */
  permissions(options: CallOptions): Promise<readonly CloudPermission[]>
  /** The types of machines of a place; with a machine: each with why it cannot have it. */
  machineTypes(placeRef: string, machineRef: string | null, options: CallOptions): Promise<readonly MachineType[]>
  /** Images: own ones and those of the vendors that match `search`. Others: all there are. */
  resources(placeRef: string, kind: CloudResourceKind, search: string, options: CallOptions): Promise<readonly CloudResource[]>
  /** What the machine has written to its serial port so far. Throws `unsupported` cloud.no-serial. */
  serialOutput(machineRef: string, options: CallOptions): Promise<string>
  /** Throws `unsupported` cloud.no-screenshot. */
  screenshot(machineRef: string, options: CallOptions): Promise<{ readonly mediaType: 'image/png' | 'image/jpeg'; readonly base64: string }>
  /** Runs a script as the guest's own agent does, and waits for its end. Throws `precondition` cloud.no-agent. */
  runCommand(machineRef: string, script: string, options: CallOptions): Promise<CommandOutcome>
  /**
   * Makes a machine. `token` makes a repetition harmless: with the same one the same machine is meant. Resolves when it is accepted and
   * known; the answer is its reference. Throws `indeterminate` when the request left and no answer came.
   */
  create(placeRef: string, spec: CloudMachineSpec, token: string, options: ActOptions): Promise<string>
  /** The machine that was made with that token; null: none (yet). Only reads. */
  created(placeRef: string, token: string, options: CallOptions): Promise<string | null>
  /** Machines' disks into the cloud and out of it. */
  readonly images: DiskImages
}
