import { blocks, type Check, passes, sendsMemory, unknown, warns } from './judge.ts'

/** What the guest has found in its processor once it relies on. */
export const processor: Check = (one) => {
  const { out, into, sourceName: source, targetName: target } = one
  const { cpuMissing: missing, cpuNote: facts } = into
  if (missing === null) return [unknown('cpu-unknown', { facts })]
  if (missing.length > 0) return [blocks('cpu-missing', { params: { target, features: missing.join(', ') }, facts })]
  if (facts !== null) return [blocks('cpu-differs', { params: { target }, facts })]
  if (out.cpuMode === 'host-passthrough' && sendsMemory(one)) return [warns('cpu-passthrough', { params: { source } })]
  return [passes('cpu-there', { params: { model: out.cpuModel ?? out.cpuMode ?? 'QEMU' } })]
}
