import type { BuildFinding } from '../../../../shared/model/index.ts'
import type { MachineDefinition } from '../../provider.ts'
import type { World } from '../world.ts'

/** First slice; findings follow. */
export function checkDefinition(_world: World, _hostRef: string, _definition: MachineDefinition, _count: number): BuildFinding[] {
  return []
}
