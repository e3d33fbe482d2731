import type { Machine } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { type ActionPlan, refusalLines } from './plan.ts'

const NAMED = 8

export interface MachineNamesProps {
  readonly machines: readonly Machine[]
  /** What is said of each; by default its name. */
  readonly word?: (machine: Machine) => string
}

/** Names of what is meant: all of a few, the first of many. */
export function MachineNames({ machines, word = (machine) => machine.name }: MachineNamesProps) {
  const { t, format } = useI18n()
  const rest = machines.length - NAMED
  return (
    <ul className="dialog-names">
      {machines.slice(0, rest === 1 ? NAMED + 1 : NAMED).map((machine) => (
        <li key={machine.id} className="ellipsis" title={word(machine)}>
          {word(machine)}
        </li>
      ))}
      {rest > 1 && <li className="sub">{t('act.and-more', { count: format.number(rest) })}</li>}
    </ul>
  )
}

/** What of the selection is left out, and why. */
export function LeftOut({ plan }: { readonly plan: ActionPlan }) {
  const i18n = useI18n()
  if (plan.refused.length === 0) return null
  return (
    <div className="dialog-left-out">
      <p>{i18n.t('act.left-out', { count: plan.refused.length })}</p>
      <ul>
        {refusalLines(plan.refused, i18n).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  )
}
