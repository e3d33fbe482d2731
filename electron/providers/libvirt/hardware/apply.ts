import type { EditTime, HardwareEdit } from '../../../../shared/model/index.ts'
import type { HardwareContext } from './hardware-context.ts'
import { notYet } from './hardware-problems.ts'

export function applyEdit(_context: HardwareContext, edit: HardwareEdit, _when: EditTime, _revision: string): Promise<void> {
  return Promise.reject(notYet(edit.edit))
}
