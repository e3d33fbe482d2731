import type { MigrationRecord, MoveParams, Task } from '../../../shared/model/index.ts'
import { type I18n, useI18n } from '../../lib/i18n/index.ts'
import { Panel } from '../../ui/index.ts'

type Actual = MigrationRecord['actual']
type Range = { readonly low: number; readonly likely: number; readonly high: number }

export interface MoveForetoldProps {
  readonly task: Task
  readonly params: MoveParams
  /** As it was kept; null: none is kept (yet), so that only what the task itself tells is known. */
  readonly record: MigrationRecord | null
}

interface Row {
  readonly key: 'total' | 'downtime' | 'data' | 'passes'
  readonly range: Range | null
  readonly foretold: string
  readonly actual: number | null
  readonly happened: string
}

/** What was foretold beside what came. */
export function MoveForetold({ task, params, record }: MoveForetoldProps) {
  const i18n = useI18n()
  const { t } = i18n
  const rows = rowsOf(params, record?.actual ?? ownActual(task), i18n)
  return (
    <Panel title={t('move.foretold')} side={params.prediction ? undefined : <span className="sub">{t('move.nothing-foretold')}</span>}>
      <table className="plain-table inset move-table num">
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">{t('move.what')}</span>
            </th>
            <th scope="col" className="end">
              {t('move.column.foretold')}
            </th>
            <th scope="col" className="end">
              {t('move.column.actual')}
            </th>
            <th scope="col">{t('move.column.error')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <th scope="row">{t(`move.row.${row.key}`)}</th>
              <td className="end">{row.foretold}</td>
              <td className="end">
                <b>{row.happened}</b>
              </td>
              <td>
                <Verdict row={row} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

function Verdict({ row: { range, actual } }: { readonly row: Row }) {
  const { t, format } = useI18n()
  if (range === null || actual === null) return <span className="none">–</span>
  if (actual >= range.low && actual <= range.high) return <span className="sub">{t('move.within')}</span>
  const percent = format.percent(Math.abs(actual / Math.max(1, range.likely) - 1) * 100)
  const isMore = actual > range.high
  return <span className={isMore ? 'warn-text' : 'sub'}>{t(isMore ? 'move.more-than' : 'move.less-than', { percent })}</span>
}

function rowsOf({ prediction }: MoveParams, actual: Actual, { format, t }: I18n): readonly Row[] {
  const none = '–'
  const known = (value: number | null, word: (value: number) => string) => (value === null ? none : word(value))
  const bytes = ({ low, high }: Range) => t('move.bytes-range', { low: format.bytes(low), high: format.bytes(high) })
  const took = ({ low, high }: Range) => format.tookRange(low, high)
  const row = (
    key: Row['key'],
    range: Range | null,
    value: number | null,
    foretold: (range: Range) => string,
    word: (value: number) => string,
  ): Row => ({
    key,
    range,
    foretold: range ? foretold(range) : none,
    actual: value,
    happened: known(value, word),
  })
  const total = row('total', prediction?.totalMs ?? null, actual.totalMs, took, (value) => format.took(value))
  const downtime = row('downtime', prediction?.downtimeMs ?? null, actual.downtimeMs, took, (value) => format.took(value))
  const data = row('data', prediction?.dataBytes ?? null, actual.dataBytes, bytes, (value) => format.bytes(value))
  const passes: Row = {
    key: 'passes',
    range: null,
    foretold: known(prediction?.passes ?? null, (value) => format.number(value)),
    actual: actual.passes,
    happened: known(actual.passes, (value) => format.number(value)),
  }
  return [total, downtime, data, passes].filter((one) => one.actual !== null || one.range !== null)
}

/** What the task's own times tell. */
function ownActual({ createdAtMs, endedAtMs, steps }: Task): Actual {
  const verifiedAtMs = steps.find(({ id }) => id === 'verify')?.endedAtMs ?? endedAtMs ?? createdAtMs
  return { totalMs: verifiedAtMs - createdAtMs, downtimeMs: null, dataBytes: null, memoryBytesPerS: null, passes: null }
}
