import { AppError } from '../../../../shared/errors/index.ts'
import type { EditTime, HardwareEdit, HardwarePreview, HardwareView, Reason } from '../../../../shared/model/index.ts'
import type { HardwareEditor, ProbeAnswer } from '../../../providers/provider.ts'

/** Virtual hardware in memory: a definition is a text that edits are appended to. */
export class FakeEditor implements HardwareEditor {
  readonly kept = new Map<string, string>()
  readonly running = new Map<string, string>()
  /** What was applied, in order. */
  readonly applied: Array<{ readonly edit: HardwareEdit; readonly when: EditTime }> = []
  reason: Reason | null = null
  /** `reason` is then one of the machine that runs alone. */
  split: HardwarePreview['split'] = null
  /** In place of the next edits; `lose`: it is done, and the answer is lost. */
  disturb: 'lose' | AppError | null = null
  probeAnswer: ProbeAnswer = 'done'
  /** Called before an edit is carried out. */
  before: () => void = () => {}

  async view(ref: string): Promise<HardwareView> {
    const keptXml = this.kept.get(ref) ?? null
    const runningXml = this.running.get(ref) ?? null
    const none = { running: null, kept: null, pending: [], memoryAskedKiB: null }
    return { revision: `${keptXml}|${runningXml}`, ...none, runningXml, keptXml, observedAtMs: 0 }
  }

  options(): Promise<never> {
    return Promise.reject(new Error('not scripted'))
  }

  async preview(): Promise<HardwarePreview> {
    const possible = this.reason ? ({ ok: false, reason: this.reason } as const) : ({ ok: true } as const)
    return { now: possible, nextStart: this.split ? { ok: true } : possible, warnings: [], kept: null, running: null, split: this.split }
  }

  async apply(ref: string, edit: HardwareEdit, when: EditTime): Promise<void> {
    this.before()
    if (this.disturb instanceof AppError) throw this.disturb
    this.applied.push({ edit, when })
    if (when !== 'now') this.kept.set(ref, `${this.kept.get(ref)} ${edit.edit}`)
    if (when !== 'next-start') this.running.set(ref, `${this.running.get(ref)} ${edit.edit}`)
    if (this.disturb === 'lose') throw new AppError({ kind: 'indeterminate', code: 'fake.lost', message: 'Lost.' })
  }

  async probe(): Promise<ProbeAnswer> {
    return this.probeAnswer
  }
}
