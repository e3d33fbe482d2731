import type { EditTime, HardwareEdit } from '../../../../shared/model/index.ts'
import type { ProbeAnswer } from '../../provider.ts'
import { type HardwareContext, readDefinitions } from './hardware-context.ts'

export async function probeEdit(context: HardwareContext, _edit: HardwareEdit, _when: EditTime, revision: string): Promise<ProbeAnswer> {
  return (await readDefinitions(context)).revision === revision ? 'not-done' : 'unknown'
}
