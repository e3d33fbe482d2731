/** What the engine and a provider say to each other: the one file of providers that the engine knows. */
export type * from './interface/building.ts'
export type * from './interface/calls.ts'
export { CANCELLED_BY_PERSON } from './interface/calls.ts'
export type * from './interface/connection.ts'
export type * from './interface/definition.ts'
export { defineProvider } from './interface/definition.ts'
export type * from './interface/facts.ts'
export type * from './interface/volumes.ts'
