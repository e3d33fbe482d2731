export { addressOf, type LibvirtConfig, libvirtConfigSchema } from './config.ts'
export { METADATA_URI } from './metadata.ts'
export { libvirtProvider } from './provider.ts'
