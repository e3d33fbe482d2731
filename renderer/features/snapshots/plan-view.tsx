import type { Reason, SnapshotOperation, SnapshotPlan, SnapshotTree } from '../../../shared/model/index.ts'
import { type I18n, useI18n } from '../../lib/i18n/index.ts'
import { StateIcon } from '../../ui/index.ts'
import { BranchTable } from './branch-table.tsx'
import { ChainSketch } from './chain-sketch.tsx'
import { fileName } from './model/selection.ts'
import { operationWords } from './words.ts'

export interface PlanViewProps {
  readonly plan: SnapshotPlan
  readonly tree: SnapshotTree
  /** Chosen in place of what is refused. */
  readonly onInstead: (operation: SnapshotOperation) => void
}

/** What would happen, before anybody agrees to it; or why it will not, with the way that leads to the same. */
export function PlanView({ plan, tree, onInstead }: PlanViewProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  if (plan.reason) return <Refusal reason={plan.reason} instead={plan.instead} tree={tree} onInstead={onInstead} />
  const { steps, losses, warnings, deletes, freesBytes, branch, needs, interrupts } = plan
  return (
    <section className="snap-plan" aria-label={t('snapshots.plan')}>
      {losses.length > 0 && (
        <div className="snap-losses" role="alert">
          <StateIcon shape="failed" />
          <div>
            <b>{t('snapshots.plan.losses')}</b>
            <Reasons reasons={losses} />
          </div>
        </div>
      )}
      {branch.length > 0 ? (
        <BranchTable branch={branch} />
      ) : (
        <>
          <h3>{t('snapshots.plan.steps')}</h3>
          <ol className="snap-steps">
            {steps.map((step, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the same step may come twice, and their order is what they are
              <li key={at}>{i18n.reason(step)}</li>
            ))}
          </ol>
        </>
      )}
      <dl className="snap-sums num">
        <dt>{t('snapshots.plan.machine')}</dt>
        <dd>{t(`snapshots.interrupts.${interrupts}`)}</dd>
        {needs.map(({ pool, bytes, availableBytes }) => (
          <div key={pool} className="snap-need">
            <dt>{t('snapshots.plan.needs', { pool })}</dt>
            <dd>
              {t('snapshots.plan.up-to', { size: format.bytes(bytes) })}{' '}
              <span className="sub">
                {availableBytes === null
                  ? t('snapshots.plan.room-unknown')
                  : t('snapshots.plan.room', { size: format.bytes(availableBytes) })}
              </span>
            </dd>
          </div>
        ))}
        {branch.length > 0 && (
          <>
            <dt>{t('snapshots.plan.comes-free')}</dt>
            <dd>{freesBytes === null ? t('snapshots.not-known') : format.bytes(freesBytes)}</dd>
          </>
        )}
        {deletes.length > 0 && branch.length === 0 && (
          <>
            <dt>{t('snapshots.plan.deletes', { count: deletes.length })}</dt>
            <dd>
              {deletes.map((path) => (
                <span key={path} className="mono snap-path" title={path}>
                  {fileName(path)}
                </span>
              ))}
              {freesBytes !== null && <span className="sub">{t('snapshots.plan.frees', { size: format.bytes(freesBytes) })}</span>}
            </dd>
          </>
        )}
      </dl>
      {losses.length === 0 && <p className="snap-safe">{t('snapshots.plan.safe')}</p>}
      {warnings.length > 0 && (
        <div className="dialog-left-out">
          <Reasons reasons={warnings} />
        </div>
      )}
    </section>
  )
}

function Reasons({ reasons }: { readonly reasons: readonly Reason[] }) {
  const i18n = useI18n()
  return (
    <ul>
      {reasons.map((reason) => (
        <li key={`${reason.code}/${JSON.stringify(reason.params)}`}>{i18n.reason(reason)}</li>
      ))}
    </ul>
  )
}

interface RefusalProps {
  readonly reason: Reason
  readonly instead: readonly SnapshotOperation[]
  readonly tree: SnapshotTree
  readonly onInstead: (operation: SnapshotOperation) => void
}

/** The reason, the chain that it speaks of, and what leads to the same. */
function Refusal({ reason, instead, tree, onInstead }: RefusalProps) {
  const i18n = useI18n()
  const { t } = i18n
  return (
    <section className="snap-plan" aria-label={t('snapshots.plan')}>
      <div className="snap-losses" role="alert">
        <StateIcon shape="failed" />
        <div>
          <b>{t('snapshots.refused')}</b>
          <p>{reasonWords(reason, i18n)}</p>
        </div>
      </div>
      <ChainSketch tree={tree} reason={reason} />
      {instead.length > 0 && (
        <>
          <h3>{t('snapshots.instead')}</h3>
          <ul className="snap-instead">
            {instead.map((operation) => (
              <li key={JSON.stringify(operation)}>
                <button type="button" className="snap-link" onClick={() => onInstead(operation)}>
                  {operationWords(operation, i18n)}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

/** Its sizes are bytes, which nobody reads. */
export function reasonWords(reason: Reason, i18n: I18n): string {
  if (reason.code !== 'snapshot.pool-full') return i18n.reason(reason)
  const { pool = '', bytes = '0', availableBytes = '0' } = reason.params ?? {}
  const size = (text: string | number) => i18n.format.bytes(Number(text))
  return i18n.t('snapshots.pool-full', { pool, bytes: size(bytes), available: size(availableBytes) })
}
