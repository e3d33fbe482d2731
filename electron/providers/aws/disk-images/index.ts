/** The way of machines' disks into an account of AWS and out of it, by EBS direct. */
export { diskExport } from './export.ts'
export { diskImport } from './import.ts'
export type { DiskImageParts } from './parts.ts'
