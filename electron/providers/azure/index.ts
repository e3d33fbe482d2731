export { type AzureConfig, azureConfigSchema } from './config.ts'
export { azureProvider } from './provider.ts'
