import { MACHINE_NAME_MAX, withSuffix } from './free-names.ts'
import { blocks, type Check, passes, warns, wish } from './judge.ts'

/** Where it is and where it is to go. */
export const sameHost: Check = ({ isSameHost, targetName: target }) =>
  isSameHost ? [blocks('same-host', { params: { target } })] : [passes('other-host', { params: { target } })]

export const maintenance: Check = ({ isTargetInMaintenance, targetName: target }) =>
  isTargetInMaintenance ? [blocks('maintenance', { params: { target } })] : [passes('no-maintenance')]

/** A task of this console, or a job of the host that somebody else has begun. */
export const busy: Check = ({ busyWith, out: { job }, sourceName: source }) => {
  if (busyWith !== undefined) return [blocks('busy-task', { params: { task: busyWith } })]
  return job === null ? [passes('not-busy')] : [blocks('busy-job', { params: { source, job } })]
}

/** Its UUID is free at the target, and it is one that can be kept there. */
export const identity: Check = ({ out, into: { uuidTaken }, sourceName: source, targetName: target, isSameHost }) => {
  const { uuid } = out
  const lasting = out.isPersistent ? [] : [warns('transient', { params: { source, target } })]
  if (!uuidTaken || isSameHost) return [...lasting, passes('uuid-free')]
  const params = { uuid, target, name: uuidTaken.name }
  return [...lasting, blocks(uuidTaken.isRunning ? 'uuid-runs' : 'uuid-taken', { params, facts: uuid })]
}

export const name: Check = ({ spec, out, into: { nameTaken }, targetName: target, isSameHost }) => {
  const wanted = spec.rename ?? out.name
  if (!nameTaken || isSameHost) return [passes('name-free', { params: { name: wanted } })]
  const rename = withSuffix(wanted, MACHINE_NAME_MAX)
  return [blocks('name-taken', { params: { name: wanted, target }, mends: [wish('rename', { rename }, { name: rename })] })]
}
