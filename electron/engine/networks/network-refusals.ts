import { AppError } from '../../../shared/errors/index.ts'
import type { NetworkDetail } from '../../../shared/model/index.ts'

export function networkNameTaken(name: string, host: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'network.name-taken',
    message: `${host} has a network named ${name} already. Choose another name.`,
    details: { name, host },
  })
}

export function networkSubnetTaken(subnet: string, by: string, other: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'network.subnet-taken',
    message: `${subnet} overlaps ${other} of ${by} on this host. Choose a subnet that is free.`,
    details: { subnet, by, other },
  })
}

export function networkChangedMeanwhile(name: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'network.changed-meanwhile',
    message: `Somebody else has changed ${name} meanwhile. Nothing was overwritten: look at what it is now, and change that.`,
    details: { name },
  })
}

export function networkInUse(name: string, why: NonNullable<NetworkDetail['noStop']>): AppError {
  const details = { name, machines: why.params?.machines ?? '', expected: 'unused', actual: 'in use', reason: why.text }
  return new AppError({ kind: 'precondition', code: why.code, message: why.text, details })
}

export function filterChanged(name: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'network.filter-changed',
    message: `Somebody else has changed the filter ${name} meanwhile. Nothing was overwritten: look at what it is now, and change that.`,
    details: { name },
  })
}

export function filterNotFound(name: string): AppError {
  return new AppError({
    kind: 'not-found',
    code: 'network.filter-not-found',
    message: `The host has no filter named ${name}.`,
    details: { name },
  })
}

export function filterInUse(name: string, machines: readonly string[], filters: readonly string[]): AppError {
  const by = [...machines, ...filters].join(', ')
  return new AppError({
    kind: 'precondition',
    code: 'network.filter-in-use',
    message: `${name} is in use by ${by}. Take it out there first.`,
    details: { name, by, expected: 'unused', actual: 'in use', reason: `It is in use by ${by}.` },
  })
}

export function notAFilter(): AppError {
  return new AppError({
    kind: 'invalid-input',
    code: 'network.not-a-filter',
    message: 'This is no definition of a network filter: it begins with <filter name="…">.',
  })
}
