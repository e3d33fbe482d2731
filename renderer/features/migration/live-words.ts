import type { MachineState, MigrationPhase, MoveParams } from '../../../shared/model/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'

export function phaseWord(phase: MigrationPhase, { t }: I18n): string {
  return t(`move.phase.${phase}`)
}

/** A state of a machine at one end, as an error names it; one that is not known stays as it is. */
export function standingWord(state: string, i18n: I18n): string {
  return i18n.optional(`move.standing.${state}`) ?? state
}

export function sourceName({ from }: Pick<MoveParams, 'from'>, { t }: I18n): string {
  return from ?? t('move.source')
}

export const RUNS: ReadonlySet<MachineState> = new Set<MachineState>(['running', 'paused', 'migrating'])
