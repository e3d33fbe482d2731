import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { KeptSessions } from './session.ts'

const fileSchema = z.record(z.string().regex(/^[0-9a-f]{64}$/), z.number())

/** The file of session digests in the data folder, so that an open page goes on after a restart of the server. */
export class SessionFile {
  readonly #file: string
  #writing: Promise<void> = Promise.resolve()

  constructor(dataDirectory: string) {
    this.#file = join(dataDirectory, 'sessions.json')
  }

  /** None when there is no file or it is damaged: people log in anew. */
  async read(): Promise<KeptSessions> {
    try {
      return fileSchema.parse(JSON.parse(await readFile(this.#file, 'utf8')))
    } catch {
      return {}
    }
  }

  /** Writes follow each other, so that the last one wins; a folder that cannot be written only costs a login. */
  write(sessions: KeptSessions): void {
    this.#writing = this.#writing
      .then(async () => {
        await writeFile(`${this.#file}.new`, JSON.stringify(sessions), { mode: 0o600 })
        await rename(`${this.#file}.new`, this.#file)
      })
      .catch(() => {})
  }

  /** Resolves when everything is written. */
  settled(): Promise<void> {
    return this.#writing
  }
}
