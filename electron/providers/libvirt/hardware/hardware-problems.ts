import { AppError } from '../../../../shared/errors/index.ts'

export function notYet(edit: string): AppError {
  return new AppError({
    kind: 'unsupported',
    code: 'hardware.unsupported',
    message: `The edit ${edit} is not there yet.`,
    details: { edit },
  })
}
