/** How a database file is opened, in this thread or in the worker's. */
export interface SqliteOptions {
  readonly file: string
  /** Names a damaged file that is put aside. */
  readonly nowMs: number
  /** Bounds the size of the file, in pages of 4 KiB. */
  readonly maxPages?: number
}
