export * from './attached.ts'
export * from './problems.ts'
export * from './subnets.ts'
