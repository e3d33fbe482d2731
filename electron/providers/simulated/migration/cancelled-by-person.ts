import { isAppError } from '../../../../shared/errors/index.ts'
import { CANCELLED_BY_PERSON } from '../../provider.ts'

export function isCancelledByPerson({ reason }: AbortSignal): boolean {
  return isAppError(reason) && reason.code === CANCELLED_BY_PERSON
}
