import type { Reason } from '../../../shared/model/index.ts'
import type { Need } from './sight.ts'

/** Why something of a machine's snapshots cannot be done. The texts are in the catalogues under `reason.`; these are for who has none. */

const list = (names: Iterable<string>) => [...new Set(names)].join(', ')

export const NO_DISK: Reason = { code: 'snapshot.no-disk', text: 'This machine has no disk that a snapshot could cover.' }

export const MEMORY_NEEDS_RUNNING: Reason = {
  code: 'snapshot.memory-needs-running',
  text: 'The machine is off: there is nothing in its memory.',
}

export const FREEZE_NEEDS_RUNNING: Reason = {
  code: 'snapshot.freeze-needs-running',
  text: 'The machine does not run: its file systems are at rest already, or cannot be brought to it.',
}

export const NO_AGENT: Reason = {
  code: 'snapshot.no-agent',
  text: 'This machine has no channel for a guest agent, so its file systems cannot be brought to rest.',
}

export const AGENT_SILENT: Reason = {
  code: 'snapshot.agent-silent',
  text: 'The agent in the guest does not answer, so its file systems cannot be brought to rest. Install or start qemu-guest-agent in it.',
}

export const FREEZE_WITH_MEMORY: Reason = {
  code: 'snapshot.freeze-with-memory',
  text: 'With its memory, a machine comes back in the middle of its work: freezing is for snapshots without memory.',
}

export const SAVED_STATE: Reason = {
  code: 'snapshot.saved-state',
  text: 'The machine has a saved state that goes with its disks as they are now. Start it, or discard the saved state, first.',
}

export const TRANSIENT: Reason = {
  code: 'snapshot.transient',
  text: 'The machine is transient: it has no definition on the host that could keep snapshots.',
}

export const NVRAM_INTERNAL: Reason = {
  code: 'snapshot.nvram',
  text: 'A machine with UEFI keeps its firmware’s settings in a raw file, which no internal snapshot can hold. Take an external one.',
}

export const CHECKPOINTS: Reason = {
  code: 'snapshot.checkpoints',
  text: 'The machine has checkpoints of incremental backups, which do not go with snapshots on this host. Remove them first.',
}

export const ALONE_ALREADY: Reason = { code: 'snapshot.alone-already', text: 'The file of this disk stands on no other already.' }

export const NOTHING_TO_MERGE: Reason = {
  code: 'snapshot.nothing-to-merge',
  text: 'Both files are the same: there is nothing to merge.',
}

export function noSuchSnapshot(name: string): Reason {
  return { code: 'snapshot.not-found', text: `There is no snapshot ${name} any more.`, params: { name } }
}

export function nameTaken(name: string): Reason {
  return { code: 'snapshot.name-taken', text: `There is a snapshot named ${name} already. Choose another name.`, params: { name } }
}

export function jobRuns(target: string, kind: string): Reason {
  return {
    code: 'snapshot.job-runs',
    text: `A job works on the disk ${target} (${kind}). Wait for it or cancel it.`,
    params: { target, kind },
  }
}

export function diskUnreadable(target: string): Reason {
  return {
    code: 'snapshot.disk-not-file',
    text: `The disk ${target} is no file or device of the host, so the files beneath it cannot be looked after.`,
    params: { target },
  }
}

export function diskShared(target: string): Reason {
  return {
    code: 'snapshot.disk-shared',
    text: `The disk ${target} is shared with others or is a device of the host: it cannot be held still for a snapshot.`,
    params: { target },
  }
}

export function rawInside(target: string, format: string | null): Reason {
  const params = { target, format: format ?? 'unknown' }
  return {
    code: 'snapshot.raw-inside',
    text: `The disk ${target} is ${params.format}: only qcow2 can hold a snapshot inside. Take an external one.`,
    params,
  }
}

export function holdsMemory(devices: readonly string[]): Reason {
  const params = { devices: list(devices) }
  return {
    code: 'snapshot.memory-held',
    text: `Its memory cannot be saved while it has ${params.devices}. Take a snapshot without memory.`,
    params,
  }
}

export function notInFolder(path: string): Reason {
  return {
    code: 'snapshot.not-in-folder',
    text: `${path} lies in no active pool that is a folder, so no file can be made beside it.`,
    params: { path },
  }
}

export function cannotTell(why: string): Reason {
  return {
    code: 'snapshot.cannot-tell',
    text: `Whether other images stand on these files cannot be told: ${why}`,
    params: { why },
  }
}

/** What is where the snapshot's data were is not in one piece, or not there. */
export function writtenInto(file: string): Reason {
  return {
    code: 'snapshot.written-into',
    text: `The machine writes into ${file}, which holds this snapshot: somebody put it back there with another tool. Its data are no longer those of then.`,
    params: { file },
  }
}

export function mixedChain(name: string, target: string, file: string, active: string | null): Reason {
  return {
    code: 'snapshot.mixed-chain',
    text: `${name} lies inside ${file}, and the disk ${target} goes on in ${active ?? 'another file'} on top of it: going back would destroy what stands on it. Clone it instead.`,
    params: { name, target, file, active: active ?? '' },
  }
}

export function mixedKinds(name: string): Reason {
  return {
    code: 'snapshot.mixed-kinds',
    text: `${name} lies inside the files of some disks and beside those of others: no way leads back to it as a whole. Clone it instead.`,
    params: { name },
  }
}

export function standsOn(file: string, by: readonly string[]): Reason {
  const params = { file, by: list(by) }
  return { code: 'snapshot.stands-on', text: `On ${file} stand others, which would be destroyed with it: ${params.by}.`, params }
}

export function diskGone(target: string, name: string): Reason {
  return {
    code: 'snapshot.disk-gone',
    text: `The machine no longer has the disk ${target}, which ${name} covers. Attach it again first, or clone the snapshot.`,
    params: { target, name },
  }
}

export function definitionElsewhere(target: string, file: string): Reason {
  return {
    code: 'snapshot.definition-elsewhere',
    text: `With this snapshot the definition of then comes back, and it names ${file} for the disk ${target}, which is not what the machine writes to now.`,
    params: { target, file },
  }
}

/** A disk that a clone would have to share, or to take as it is now. */
export function diskNotCovered(target: string, name: string): Reason {
  return { code: 'snapshot.disk-not-covered', text: `${name} does not cover the disk ${target}.`, params: { target, name } }
}

export function cloneNeedsOff(file: string): Reason {
  return {
    code: 'snapshot.clone-needs-off',
    text: `The snapshot lies inside ${file}, which the machine writes to now. Shut it down for the copy.`,
    params: { file },
  }
}

export function deleteNeedsOff(file: string): Reason {
  return {
    code: 'snapshot.delete-needs-off',
    text: `The snapshot lies inside ${file}, on which the running machine stands. Shut it down first.`,
    params: { file },
  }
}

export function notInChain(target: string, path: string): Reason {
  return {
    code: 'snapshot.not-in-chain',
    text: `${path} is not in the chain of the disk ${target} any more, or not beneath the other.`,
    params: { target, path },
  }
}

/** It is no branch: discarding it would take the machine's own data. */
export function machineStands(path: string): Reason {
  return { code: 'snapshot.machine-stands', text: `The machine stands on ${path}: it is no branch that was left behind.`, params: { path } }
}

export function noBranch(target: string, path: string): Reason {
  return {
    code: 'snapshot.no-branch',
    text: `${path} is nothing that was left behind of the disk ${target}. Look at the files again.`,
    params: { target, path },
  }
}

export function nextStart(path: string): Reason {
  return {
    code: 'snapshot.next-start',
    text: `The machine’s definition names ${path} from the next start on: another console has changed it. Restart the machine, or take that back, first.`,
    params: { path },
  }
}

export function heldOpen(file: string): Reason {
  return {
    code: 'snapshot.held-open',
    text: `A process that is none of this host’s machines has ${file} open for writing. End that first.`,
    params: { file },
  }
}

export function notInPool(path: string): Reason {
  return { code: 'snapshot.not-in-pool', text: `${path} lies in no active pool, so it cannot be deleted from here.`, params: { path } }
}

/** Snapshots that a merge, or a flattening, would destroy. */
export function needed(file: string, needs: readonly Need[]): Reason {
  const params = { file, snapshots: list(needs.map(({ snapshot }) => snapshot)) }
  return {
    code: 'snapshot.needed',
    text: `${file} is needed as it is by ${params.snapshots}. Delete what needs it first: the machine’s own data stay.`,
    params,
  }
}

export function memoryMissing(path: string): Reason {
  return { code: 'snapshot.memory-missing', text: `The memory that was saved in ${path} is not there.`, params: { path } }
}
