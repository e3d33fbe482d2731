import type { MigrationLive, MoveParams, Task } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useNowMs } from '../../lib/time/ticker.ts'
import { Bar, type Fact, Facts } from '../../ui/index.ts'

export interface MoveFiguresProps {
  readonly task: Task
  readonly params: MoveParams
  readonly live: MigrationLive
}

/** What is still to be copied, how fast, and when it will end beside what was foretold. */
export function MoveFigures({ task, params, live }: MoveFiguresProps) {
  const { t, format } = useI18n()
  const nowMs = useNowMs(1_000)
  const { memory, disk, iteration, throttlePercent, expectedEndAtMs } = live
  const startedAtMs = task.createdAtMs
  const predicted = params.prediction?.totalMs ?? null
  const leftMs = expectedEndAtMs === null ? null : Math.max(0, expectedEndAtMs - nowMs)
  const isLate = predicted !== null && expectedEndAtMs !== null && expectedEndAtMs - startedAtMs > predicted.high
  const facts: readonly Fact[] = [
    {
      label: t('move.expected-end'),
      value:
        expectedEndAtMs === null || leftMs === null ? (
          <span className="none">–</span>
        ) : (
          <span className="num">
            {t('move.left', { time: format.clock(leftMs) })}
            <span className="sub">, {format.whenSeconds(expectedEndAtMs)}</span>
          </span>
        ),
    },
    {
      label: t('move.predicted-total'),
      value: (
        <span className="num">
          {predicted === null ? <span className="none">–</span> : format.tookRange(predicted.low, predicted.high)}
          {', '}
          <span className={isLate ? 'warn-text' : 'sub'}>
            {isLate ? t('move.later-than-predicted') : t('move.elapsed', { time: format.clock(nowMs - startedAtMs) })}
          </span>
        </span>
      ),
    },
    ...(iteration === null ? [] : [{ label: t('move.pass'), value: <span className="num">{format.number(iteration)}</span> }]),
    ...(throttlePercent
      ? [
          {
            label: t('move.throttle'),
            value: (
              <span className="num">
                {format.percent(throttlePercent)} <span className="sub">{t('move.throttle-note')}</span>
              </span>
            ),
          },
        ]
      : []),
  ]
  return (
    <div className="move-figures">
      {memory && <Remaining label={t('move.memory')} {...memory} />}
      {disk && disk.total > 0 && <Remaining label={t('move.disks')} {...disk} />}
      <Facts facts={facts} />
    </div>
  )
}

interface RemainingProps {
  readonly label: string
  readonly total: number
  readonly remaining: number
}

function Remaining({ label, total, remaining }: RemainingProps) {
  const { t, format } = useI18n()
  const percent = total > 0 ? ((total - remaining) / total) * 100 : 100
  return (
    <div className="move-remaining">
      <span className="sub">{label}</span>
      <Bar percent={percent} tone="busy" label={label} />
      <span className="num">{t('move.remaining', { left: format.bytes(remaining), total: format.bytes(total) })}</span>
    </div>
  )
}
