export { type UploadEars, type UploadProgress, UploadSender, type UploadSenderOptions, type UploadWay } from './upload-sender.ts'
