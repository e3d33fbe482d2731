/** The rules of snapshots, which all hypervisors share: what an operation does to the files beneath a machine, and what it may never do. */
export type { Deed, Judged, Keep, MergeToDo, OverlayToMake } from './judged.ts'
export { folderOf } from './new-files.ts'
export { judge } from './plan.ts'
export { OVERLAY_BYTES } from './plan-create.ts'
export type { SeenDisk, SeenFile, SeenSnapshot, SeenSnapshotDisk, Sight } from './sight.ts'
export { activePath, chainOf, coveredDisks, kindOf, needsOf, snapshotNamed } from './sight.ts'
export { treeOf } from './tree.ts'
export { warn } from './words.ts'
