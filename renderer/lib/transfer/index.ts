export type { UploadProgress } from '../../../shared/transfer/index.ts'
export { type UploadFileOptions, uploadFile } from './upload-file.ts'
