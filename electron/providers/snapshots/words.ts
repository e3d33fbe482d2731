import type { Reason } from '../../../shared/model/index.ts'

/** Steps, losses and warnings of plans, in words. Like reasons they are in the catalogues under `reason.`. */

const list = (names: Iterable<string>) => [...new Set(names)].join(', ')

export const step = {
  powerOff: (): Reason => ({ code: 'snapshot.step-power-off', text: 'The machine is switched off, as if its power failed.' }),
  freeze: (): Reason => ({ code: 'snapshot.step-freeze', text: 'The guest brings its file systems to rest.' }),
  saveInside: (): Reason => ({
    code: 'snapshot.step-save-inside',
    text: 'The machine stands still while its memory is written into its first disk.',
  }),
  saveMemory: (path: string): Reason => ({
    code: 'snapshot.step-save-memory',
    text: `Its memory is written to ${path}.`,
    params: { path },
  }),
  takeInside: (file: string): Reason => ({
    code: 'snapshot.step-take-inside',
    text: `The snapshot is kept inside ${file}.`,
    params: { file },
  }),
  overlay: (file: string, overlay: string): Reason => ({
    code: 'snapshot.step-overlay',
    text: `${file} is written no more; the machine goes on in ${overlay} on top of it.`,
    params: { file, overlay },
  }),
  freshOverlay: (file: string, overlay: string): Reason => ({
    code: 'snapshot.step-fresh-overlay',
    text: `${overlay} is put on top of ${file}, and the machine goes on in it.`,
    params: { file, overlay },
  }),
  keep: (name: string): Reason => ({ code: 'snapshot.step-keep', text: `What it is now is kept as ${name}.`, params: { name } }),
  goBackInside: (name: string): Reason => ({
    code: 'snapshot.step-go-back-inside',
    text: `The disks, and the definition, become those of ${name} again.`,
    params: { name },
  }),
  restoreMemory: (path: string): Reason => ({
    code: 'snapshot.step-restore-memory',
    text: `Its memory is read from ${path}, and it runs on from then.`,
    params: { path },
  }),
  start: (): Reason => ({ code: 'snapshot.step-start', text: 'The machine is started.' }),
  forget: (name: string): Reason => ({ code: 'snapshot.step-forget', text: `${name} is taken out of the tree.`, params: { name } }),
  eraseInside: (file: string): Reason => ({ code: 'snapshot.step-erase-inside', text: `It is erased inside ${file}.`, params: { file } }),
  startPaused: (): Reason => ({
    code: 'snapshot.step-start-paused',
    text: 'The machine is off: its hypervisor is started for it, standing still, and ended afterwards. Nothing in it runs.',
  }),
  merge: (top: string, base: string): Reason => ({
    code: 'snapshot.step-merge',
    text: `What ${top} holds is written into ${base}.`,
    params: { top, base },
  }),
  pull: (file: string): Reason => ({
    code: 'snapshot.step-pull',
    text: `Everything beneath ${file} is copied into it, until it stands alone.`,
    params: { file },
  }),
  deleteFile: (file: string): Reason => ({ code: 'snapshot.step-delete-file', text: `${file} is deleted.`, params: { file } }),
  describe: (): Reason => ({ code: 'snapshot.step-describe', text: 'Description and tags are written.' }),
  copy: (file: string): Reason => ({ code: 'snapshot.step-copy', text: `The disk of then is copied from ${file}.`, params: { file } }),
  define: (name: string): Reason => ({ code: 'snapshot.step-define', text: `${name} is defined with the copies, off.`, params: { name } }),
}

export const loss = {
  since: (targets: readonly string[]): Reason => ({
    code: 'snapshot.loss-since',
    text: `What the machine has written since to ${list(targets)} is lost.`,
    params: { targets: list(targets) },
  }),
  /** The files are there, but nothing leads back to them from here. */
  leftBehind: (targets: readonly string[], files: readonly string[]): Reason => ({
    code: 'snapshot.loss-left-behind',
    text: `The machine no longer has what it has written since to ${list(targets)}. The files stay as they are: ${list(files)}.`,
    params: { targets: list(targets), files: list(files) },
  }),
  /** A branch that was left behind goes with its files. */
  branch: (files: readonly string[]): Reason => ({
    code: 'snapshot.loss-branch',
    text: `What was written into ${list(files)} is deleted. Nothing brings it back.`,
    params: { files: list(files) },
  }),
  inside: (file: string, names: readonly string[]): Reason => ({
    code: 'snapshot.loss-inside',
    text: `${list(names)} lies inside ${file}, though the tree does not name it any more, and goes with it.`,
    params: { file, names: list(names) },
  }),
  memory: (): Reason => ({ code: 'snapshot.loss-memory', text: 'What the machine has in its memory now is lost.' }),
}

export const warn = {
  crashConsistent: (): Reason => ({
    code: 'snapshot.warn-crash-consistent',
    text: 'Without freezing or memory the disks are as if the power had failed at that moment.',
  }),
  memoryComesAlong: (): Reason => ({
    code: 'snapshot.warn-memory-comes-along',
    text: 'Inside a file, a running machine is always kept with its memory.',
  }),
  standsStill: (): Reason => ({ code: 'snapshot.warn-stands-still', text: 'The machine stands still until its memory is written.' }),
  nvram: (): Reason => ({ code: 'snapshot.warn-nvram', text: 'The settings of its UEFI firmware are not part of it.' }),
  tpm: (): Reason => ({ code: 'snapshot.warn-tpm', text: 'What its TPM keeps is not part of it.' }),
  behind: (names: readonly string[]): Reason => ({
    code: 'snapshot.warn-behind',
    text: `${list(names)} lies inside the file that is frozen: it can then only be cloned, until the files are merged again.`,
    params: { names: list(names) },
  }),
  deepChain: (target: string, depth: number): Reason => ({
    code: 'snapshot.warn-deep-chain',
    text: `The disk ${target} then stands on ${depth} files, and each of them makes it slower. Merge some.`,
    params: { target, depth: String(depth) },
  }),
  filesStay: (files: readonly string[], by: readonly string[]): Reason => ({
    code: 'snapshot.warn-files-stay',
    text: `No room is freed: ${list(files)} stays, as ${list(by)} stands on it.`,
    params: { files: list(files), by: list(by) },
  }),
  filesLeft: (files: readonly string[]): Reason => ({
    code: 'snapshot.warn-files-left',
    text: `${list(files)} stays, as it cannot be told whether something stands on it.`,
    params: { files: list(files) },
  }),
  notOurs: (files: readonly string[]): Reason => ({
    code: 'snapshot.warn-not-ours',
    text: `Nothing tells that this machine wrote ${list(files)}: neither a snapshot nor its name. Look whose it is before you delete it.`,
    params: { files: list(files) },
  }),
  insideUnknown: (files: readonly string[]): Reason => ({
    code: 'snapshot.warn-inside-unknown',
    text: `Whether snapshots lie inside ${list(files)} is not known: nobody could look into it.`,
    params: { files: list(files) },
  }),
  noRoom: (pool: string): Reason => ({
    code: 'snapshot.warn-no-room',
    text: `There is no room in the pool ${pool} to merge the files now: they stay, and can be merged later.`,
    params: { pool },
  }),
  savedState: (): Reason => ({
    code: 'snapshot.warn-saved-state',
    text: 'The files stay as they are, as the machine has a saved state. They can be merged later.',
  }),
  notAgain: (name: string): Reason => ({
    code: 'snapshot.warn-not-again',
    text: `If it is cancelled halfway, ${name} is out of the tree, and the files can be merged later.`,
    params: { name },
  }),
  settingsStay: (): Reason => ({
    code: 'snapshot.warn-settings-stay',
    text: 'Its other settings stay as they are now; the disks alone go back.',
  }),
  otherDisks: (targets: readonly string[], name: string): Reason => ({
    code: 'snapshot.warn-other-disks',
    text: `${name} does not cover ${list(targets)}, which stays as it is now.`,
    params: { targets: list(targets), name },
  }),
  newDisks: (targets: readonly string[]): Reason => ({
    code: 'snapshot.warn-new-disks',
    text: `The definition of then comes back, without ${list(targets)}: those files stay.`,
    params: { targets: list(targets) },
  }),
  poolsUnseen: (pools: readonly string[]): Reason => ({
    code: 'snapshot.warn-pools-unseen',
    text: `What lies in ${list(pools)} could not be looked at, as it is off: an image there that stands on these files would be destroyed. Start it to have that looked at.`,
    params: { pools: list(pools) },
  }),
  imagesUnseen: (images: readonly string[]): Reason => ({
    code: 'snapshot.warn-images-unseen',
    text: `${list(images)} is in use by name, and is not there now: if it stands on these files, it would be destroyed. Mount what it lies on to have that looked at.`,
    params: { images: list(images) },
  }),
  staysOff: (): Reason => ({ code: 'snapshot.warn-stays-off', text: 'The machine is off afterwards.' }),
}
