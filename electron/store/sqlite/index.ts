export { type OpenSqliteOptions, openSqliteStore, openSqliteStoreInline } from './sqlite-store.ts'
