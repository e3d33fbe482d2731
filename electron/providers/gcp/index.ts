export { gcpProvider } from './provider.ts'
