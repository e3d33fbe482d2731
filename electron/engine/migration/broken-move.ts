import { type AppError, isAppError, toAppError } from '../../../shared/errors/index.ts'
import type { MigrationLive, Reason, TaskId } from '../../../shared/model/index.ts'
import { CANCELLED_BY_PERSON, type Clock, type MoveOptions, type MoveOrder } from '../../providers/provider.ts'
import type { Journey, Seen, WherePorts } from './journey.ts'
import type { LiveMoves } from './live-moves.ts'
import { cannotTakeUp } from './migration-errors.ts'
import { endsOf } from './sides.ts'

/** A task with this error needs a person, or a look: see `stillTorn`. */
export const TORN = 'migration.torn'

const FIRST_WAIT_MS = 5_000
const LONGEST_WAIT_MS = 60_000
/** So soon an end notices by itself that the way is gone, as a rule. */
const NOTICES_MS = 3_000

export interface BrokenPorts extends WherePorts {
  readonly live: LiveMoves
  readonly clock: Clock
}

/** Whom to tell of it: the page that follows the task. Absent in what takes a task back. */
export interface BrokenTask {
  readonly id: TaskId
  readonly tell: (broken: NonNullable<MigrationLive['broken']>) => void
}

/** Takes a move that broke in post-copy up again: tried at once, then after 5 s, 10 s, … once a minute, for as long as it takes. */
export class BrokenMove {
  readonly #journey: Journey
  readonly #order: MoveOrder
  readonly #ports: BrokenPorts
  readonly #task: BrokenTask | null
  #sinceMs: number | null = null
  #tries = 0
  #nextTryAtMs = 0
  #said: Reason | null = null

  constructor(journey: Journey, order: MoveOrder, ports: BrokenPorts, task: BrokenTask | null) {
    this.#journey = journey
    this.#order = order
    this.#ports = ports
    this.#task = task
  }

  /** A try, if it is time for one. True: the move has come to its end. */
  async look({ here, there }: Seen, options: MoveOptions): Promise<boolean> {
    const { clock } = this.#ports
    const nowMs = clock.nowMs()
    // the time of day may have been set back since
    this.#sinceMs = Math.min(this.#sinceMs ?? nowMs, nowMs)
    this.#nextTryAtMs = Math.min(this.#nextTryAtMs, nowMs + LONGEST_WAIT_MS)
    const fromMs = here === there ? this.#nextTryAtMs : Math.max(this.#nextTryAtMs, this.#sinceMs + NOTICES_MS)
    if (nowMs < fromMs) {
      this.#tell(fromMs, options)
      return false
    }
    this.#tell(null, options)
    try {
      await this.#try(options)
      return true
    } catch (thrown) {
      if (options.signal?.aborted) throw thrown
      const error = toAppError(thrown)
      if (error.kind === 'unsupported') throw thrown
      this.#tries += 1
      this.#said = reasonOf(error)
      this.#nextTryAtMs = clock.nowMs() + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#tries - 1))
      this.#tell(this.#nextTryAtMs, options)
      return false
    }
  }

  /** While it waits a person may hurry it. Answers what ends that. */
  standBy(): () => void {
    const { live } = this.#ports
    if (!this.#task) return () => {}
    return live.wait(this.#task.id, () => {
      this.#nextTryAtMs = 0
    })
  }

  async #try(options: MoveOptions): Promise<void> {
    const { inventory, links } = this.#ports
    const { ref, name } = this.#journey
    const { from, receiver } = endsOf(this.#journey, inventory, links)
    if (!from.resume) throw cannotTakeUp(name)
    await from.resume(ref, this.#order, receiver, options)
  }

  #tell(nextTryAtMs: number | null, options: MoveOptions): void {
    options.onProgress?.({ note: nextTryAtMs === null ? 'post-copy-resumes' : 'post-copy-broken' })
    this.#task?.tell({ sinceMs: this.#sinceMs ?? 0, tries: this.#tries, said: this.#said, nextTryAtMs })
  }
}

/** Where a host has said why, its own words. */
function reasonOf({ code, message, details }: AppError): Reason {
  const said = details?.['said']
  return { code, text: message, params: { said: typeof said === 'string' ? said : message } }
}

export function isPersons(signal: AbortSignal): boolean {
  const reason: unknown = signal.reason
  return signal.aborted && isAppError(reason) && reason.code === CANCELLED_BY_PERSON
}
