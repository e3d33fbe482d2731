import type { Json } from '../../../shared/errors/index.ts'
import type { SnapshotOperation, SnapshotTree, Task } from '../../../shared/model/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'
import { freeName, nameOfNow } from './model/draft.ts'
import { fileName } from './model/selection.ts'

/** An operation as something that can be chosen: "Take it beside its files", "Delete before-upgrade…". */
export function operationWords(operation: SnapshotOperation, { t }: I18n): string {
  switch (operation.operation) {
    case 'create':
      return t('snapshots.do.create', {
        kind: t(`snapshots.kind.${operation.kind}-short`),
        memory: String(operation.memory),
        freeze: String(operation.freeze),
      })
    case 'revert':
      return t('snapshots.do.revert', { name: operation.name, keep: String(operation.keepAs !== null) })
    case 'delete':
      return t('snapshots.do.delete', { name: operation.name })
    case 'merge':
      return t('snapshots.do.merge', { top: fileName(operation.top), base: fileName(operation.base) })
    case 'flatten':
      return t('snapshots.do.flatten', { target: operation.target })
    case 'discard':
      return t('snapshots.do.discard', { name: fileName(operation.path) })
    case 'clone':
      return t('snapshots.do.clone', { name: operation.name, as: operation.as })
    case 'describe':
      return t('snapshots.do.describe', { name: operation.name })
    default:
      return operation satisfies never
  }
}

/** For what a machine is before it goes back: `kept-2026-11-26-1430`. */
export function keptName(t: I18n['t'], { snapshots }: Pick<SnapshotTree, 'snapshots'>): string {
  return freeName(`${t('snapshots.kept')}-${nameOfNow(Date.now())}`, snapshots)
}

const KINDS: ReadonlySet<string> = new Set(['machine.snapshot', 'machine.scheduledSnapshot'])

export function isSnapshotTask({ kind }: Pick<Task, 'kind'>): boolean {
  return KINDS.has(kind)
}

/** What a task does to snapshots, in the form of now: "Merging files of vda". */
export function workWords({ params, kind }: Task, i18n: I18n): string {
  const { operation } = params
  const text = (value: Json | undefined) => (typeof value === 'string' ? value : '')
  const key = `snapshots.work.${text(operation)}`
  return (
    i18n.wording(key, { name: text(params['name']), target: text(params['target']), file: fileName(text(params['path'])) }) ??
    i18n.code('task', kind, kind)
  )
}

export interface Cancelling {
  /** How the step that runs now can be stopped. */
  readonly when: Task['steps'][number]['cancel']
  /** What is there afterwards; for `never`, why it cannot. */
  readonly words: string
}

/** What cancelling means for what a task does to snapshots now. */
export function cancelOf({ params, steps }: Task, { t, wording }: Pick<I18n, 't' | 'wording'>): Cancelling {
  const when = steps.find(({ endedAtMs }) => endedAtMs === null)?.cancel ?? 'now'
  const operation = typeof params['operation'] === 'string' ? params['operation'] : 'scheduled'
  return { when, words: wording(`snapshots.cancel.${operation}`, {}) ?? t('tasks.cannot-cancel') }
}
