import type { MachineState } from '../../../shared/model/index.ts'

/** The statuses of an instance. `PENDING_STOP`: its guest is shutting down. */
const STATES: Readonly<Record<string, MachineState>> = {
  PENDING: 'starting',
  PROVISIONING: 'starting',
  STAGING: 'starting',
  RUNNING: 'running',
  PENDING_STOP: 'stopping',
  STOPPING: 'stopping',
  SUSPENDING: 'stopping',
  DEPROVISIONING: 'stopping',
  STOPPED: 'stopped',
  TERMINATED: 'stopped',
  SUSPENDED: 'saved',
  REPAIRING: 'starting',
}

export function stateOf(status: string | null | undefined): MachineState {
  return STATES[status ?? ''] ?? 'unknown'
}

export interface Attention {
  readonly code: string
  readonly text: string
}

export function attentionOf(status: string | null | undefined, said: string | null | undefined): Attention | null {
  if (status !== 'REPAIRING') return null
  return { code: 'gcp.repairing', text: said || 'Google Cloud repairs this machine. It starts again by itself.' }
}
