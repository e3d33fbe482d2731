export * from './app-error.ts'
export * from './kinds.ts'
export * from './rpc.ts'
export * from './schema.ts'
