import type { TransferWayPlan } from '../../../../shared/model/index.ts'

/** What it sends and writes; null: none of its steps tells. */
export function sentBytes({ steps }: TransferWayPlan): number | null {
  const told = steps.flatMap(({ bytes }) => bytes ?? [])
  return told.length === 0 ? null : told.reduce((sum, bytes) => sum + bytes, 0)
}

/** What has a price, each month; null: nothing that is charged for has one here. */
export function usdOf({ costs }: TransferWayPlan): number | null {
  const priced = costs.flatMap(({ usdPerMonth }) => usdPerMonth ?? [])
  return priced.length === 0 ? null : priced.reduce((sum, usd) => sum + usd, 0)
}
