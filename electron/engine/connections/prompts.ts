import { AppError } from '../../../shared/errors/index.ts'
import type { LoginPrompt } from '../../../shared/model/index.ts'
import type { AskPerson, Clock, Secrets } from '../../providers/provider.ts'
import { newId } from './provider-kinds.ts'

/** An SSH server gives a login two minutes (sshd_config, LoginGraceTime): a later answer would meet a closed door. */
const ANSWER_MS = 110_000

interface Open {
  readonly count: number
  readonly settle: (answers: readonly string[] | null, remember: boolean) => void
}

/** One attempt that a person attends. */
export interface Attendance {
  readonly ask: AskPerson
  /** What the person wants kept of the answers, by the name of the secret. */
  readonly toKeep: () => Secrets
}

/** Questions of hosts on their way to the person who attends, and the answers back. Answers are held for as long as it takes to use them. */
export class Prompts {
  readonly #clock: Clock
  readonly #open = new Map<string, Open>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whoever attends is told through `tell`, with null when there is nothing to answer any more; `signal` says that they went away, so that nothing is answered any more. */
  attend(tell: (prompt: LoginPrompt | null) => void, signal: AbortSignal): Attendance {
    const toKeep: Record<string, string> = {}
    // The last answer decides: one before it was wrong.
    const choose = (secret: string, answer: string | undefined): void => {
      if (answer === undefined) delete toKeep[secret]
      else toKeep[secret] = answer
    }
    const ask: AskPerson = (question, withdrawn) =>
      new Promise((resolve) => {
        const over = AbortSignal.any([signal, withdrawn])
        if (over.aborted) {
          resolve(null)
          return
        }
        const id = newId('p')
        const settle = (answers: readonly string[] | null, remember: boolean): void => {
          if (!this.#open.delete(id)) return
          cancelTimer()
          over.removeEventListener('abort', refuse)
          if (answers !== null && question.secret !== null) choose(question.secret, remember ? answers[0] : undefined)
          tell(null)
          resolve(answers)
        }
        const refuse = (): void => settle(null, false)
        const cancelTimer = this.#clock.after(ANSWER_MS, refuse)
        over.addEventListener('abort', refuse, { once: true })
        this.#open.set(id, { count: question.prompts.length, settle })
        tell({ ...question, id, expiresAtMs: this.#clock.nowMs() + ANSWER_MS })
      })
    return { ask, toKeep: () => toKeep }
  }

  /** `null` refuses. Throws `not-found` prompt.over, `invalid-input` prompt.wrong-count. */
  answer(id: string, answers: readonly string[] | null, remember: boolean): void {
    const open = this.#open.get(id)
    if (!open) throw new AppError({ kind: 'not-found', code: 'prompt.over', message: 'The host does not wait for this answer any more.' })
    if (answers !== null && answers.length !== open.count) {
      throw new AppError({
        kind: 'invalid-input',
        code: 'prompt.wrong-count',
        message: `The host asked ${open.count} questions and got ${answers.length} answers.`,
        details: { expected: open.count, actual: answers.length },
      })
    }
    open.settle(answers, remember)
  }
}
