import type { BuildFinding } from '../../../../shared/model/index.ts'
import { withValue } from './at-path.ts'
import type { FormState } from './draft.ts'

interface Form {
  readonly draft: object
  readonly firstStart: FormState['firstStart']
}

/** The form with what mends a finding: a value for a field of the request. Without cloud-init its choices stay, unused. */
export function mended<T extends Form>(form: T, { field, value }: NonNullable<BuildFinding['mend']>): T {
  if (field === 'cloudInit' && value === null) return { ...form, firstStart: 'none' }
  return withValue(form, `draft.${field}`, value)
}
