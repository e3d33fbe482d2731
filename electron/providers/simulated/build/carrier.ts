import type { AppError } from '../../../../shared/errors/index.ts'
import type { ActOptions, CallOptions } from '../../provider.ts'
import type { WorkOptions } from './timed-work.ts'

/** The way over one link to the site: latency, deadlines, lost replies and the end of the link. */
export interface Carrier {
  read<T>(options: CallOptions, run: () => T): Promise<T>
  /** A change by this name: carried out at the site, whatever becomes of its answer. */
  command(name: string, options: ActOptions, run: (options: WorkOptions) => Promise<void> | void): Promise<void>
  /** What ended the link; null: it is open. */
  end(): AppError | null
}
