import type { HardwareEdit, HardwarePreview } from '../../../../shared/model/index.ts'
import type { HardwareContext } from './hardware-context.ts'
import { notYet } from './hardware-problems.ts'

export function previewOf(_context: HardwareContext, edit: HardwareEdit): Promise<HardwarePreview> {
  return Promise.reject(notYet(edit.edit))
}
