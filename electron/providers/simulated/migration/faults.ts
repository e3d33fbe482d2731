import type { MachineFacts } from '../../provider.ts'

/** In whose words a move fails that runs on where it was. */
export const FAULTS = {
  'network-cut': ['source', "unable to write to socket: Connection timed out (the target's network is gone)"],
  'target-killed': ['target', 'internal error: qemu unexpectedly closed the monitor: terminating on signal 9'],
} as const

/** As a source says that its connection ended in post-copy, and that it gets none again. */
export const WAY_BROKE = 'operation failed: migration of RAM failed: Connection timed out'
export const NO_WAY_YET = "operation failed: job 'migration out' failed: Failed to connect to the target: No route to host"

export const IN_TWO_PARTS: NonNullable<MachineFacts['attention']> = {
  code: 'machine.postcopy-failed',
  text: 'Its migration broke in post-copy: its memory is on two hosts. Stop it at neither.',
}
