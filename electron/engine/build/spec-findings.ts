import type { BuildInput } from '../../../shared/contract/build.ts'
import type { BuildFinding, NicSpec, Volume } from '../../../shared/model/index.ts'
import { seedPoolOf } from './blueprint.ts'
import { blocks, warns } from './finding.ts'

/** What does not add up in the specification itself, or among several machines of it. `volumes`: by pool; `macs`: those of machines. */
export function specFindings(
  input: BuildInput,
  volumes: ReadonlyMap<string, readonly Volume[]>,
  macs: ReadonlyMap<string, string>,
): BuildFinding[] {
  const { spec, cloudInit } = input
  const findings = [...macFindings(spec.nics, input.count, 'spec.nics', macs), ...diskFindings(input, volumes)]
  if (cloudInit && seedPoolOf(input) === null) {
    const text = 'The file for cloud-init lies beside the machine’s first disk, and the machine has none.'
    findings.push(blocks({ code: 'build.no-pool-for-seed', field: 'spec.disks', text }))
  }
  if (!cloudInit && spec.disks[0]?.source.kind === 'image') {
    const text = 'Without cloud-init the image starts as its makers left it: most cloud images let nobody in.'
    findings.push(warns({ code: 'build.no-cloud-init', field: 'cloudInit', text }))
  }
  return findings
}

/** Cards with an address that another one has, or would have. */
export function macFindings(nics: readonly NicSpec[], count: number, field: string, known: ReadonlyMap<string, string>): BuildFinding[] {
  const findings: BuildFinding[] = []
  const seen = new Set<string>()
  for (const [index, { mac }] of nics.entries()) {
    if (mac === null) continue
    const at = `${field}.${index}.mac`
    const mend = { code: 'build.choose-mac', field: at, value: null }
    const same = mac.toLowerCase()
    if (seen.has(same)) {
      const text = `Two cards of the machine have the address ${mac}.`
      findings.push(blocks({ code: 'build.mac-twice', field: at, text, params: { mac }, mend }))
    } else if (count > 1) {
      const text = `All ${count} machines would have the card address ${mac}.`
      findings.push(blocks({ code: 'build.mac-for-many', field: at, text, params: { mac, count }, mend }))
    } else if (known.has(same)) {
      const machine = known.get(same) ?? ''
      const text = `${machine} has the card address ${mac}. On one wire neither of them would be reached.`
      findings.push(warns({ code: 'build.mac-taken', field: at, text, params: { mac, machine }, mend }))
    }
    seen.add(same)
  }
  return findings
}

function diskFindings({ spec, count }: BuildInput, volumes: ReadonlyMap<string, readonly Volume[]>): BuildFinding[] {
  const findings: BuildFinding[] = []
  const seen = new Set<string>()
  for (const [index, { source }] of spec.disks.entries()) {
    const field = `spec.disks.${index}.source`
    if (source.kind === 'image' && source.mode === 'linked' && source.format !== 'qcow2') {
      const text = 'Only a qcow2 disk can be linked to an image.'
      const mend = { code: 'build.use-qcow2', field: `${field}.format`, value: 'qcow2' }
      findings.push(blocks({ code: 'build.linked-needs-qcow2', field: `${field}.format`, text, mend }))
    }
    if (source.kind !== 'existing') continue
    const params = { pool: source.pool, volume: source.volume }
    const key = JSON.stringify(params)
    const users = volumes.get(source.pool)?.find(({ name }) => name === source.volume)?.usedBy ?? []
    if (seen.has(key)) {
      findings.push(blocks({ code: 'build.disk-twice', field, text: `The disk ${source.volume} is attached twice.`, params }))
    } else if (count > 1) {
      const text = `${count} machines cannot share the disk ${source.volume}.`
      findings.push(blocks({ code: 'build.disk-for-many', field, text, params: { ...params, count } }))
    } else if (users.length > 0) {
      const machines = users.join(', ')
      const text = `The disk ${source.volume} belongs to ${machines}. Two machines that write to one disk destroy it.`
      findings.push(blocks({ code: 'build.disk-in-use', field, text, params: { ...params, machines } }))
    }
    seen.add(key)
  }
  return findings
}
