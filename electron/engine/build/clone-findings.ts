import type { CloneInput } from '../../../shared/contract/build.ts'
import type { BuildFinding, CloneSource, Machine, Template } from '../../../shared/model/index.ts'
import { isBusyState } from './disk-step.ts'
import { blocks, warns } from './finding.ts'
import { macFindings } from './spec-findings.ts'

/** What stands in the way of copying this machine so. */
export function cloneFindings(input: CloneInput, source: CloneSource, machine: Machine, macs: ReadonlyMap<string, string>): BuildFinding[] {
  return [
    ...stateFindings(input, machine),
    ...diskFindings(input, source),
    ...(source.template ? templateFindings(input, source, source.template) : []),
    ...(input.changes.nics ? macFindings(input.changes.nics, input.count, 'changes.nics', macs) : []),
    ...seedPlaceFindings(input, source),
    ...source.warnings.map(({ code, text, params }) => warns({ code, field: null, text, ...(params && { params }) })),
  ]
}

function stateFindings({ mode, cloudInit }: CloneInput, machine: Machine): BuildFinding[] {
  const params = { name: machine.name }
  const findings: BuildFinding[] = []
  if (isBusyState(machine.state)) {
    const text = `${machine.name} is not off: its disks would change while they are copied. Shut it down first.`
    findings.push(blocks({ code: 'build.source-running', field: 'machineId', text, params }))
  } else if (machine.state === 'saved') {
    const text = `${machine.name} has a saved state: its disks are as if the power had failed, and so will the copy’s be.`
    findings.push(warns({ code: 'build.source-saved', field: 'machineId', text, params }))
  }
  if (mode === 'linked' && !machine.template) {
    const text = `${machine.name} is no template: once it is started, what is linked to its disks breaks.`
    findings.push(warns({ code: 'build.linked-to-machine', field: 'mode', text, params, mend: copyWhole }))
  }
  if (!cloudInit) {
    const text = `The copy keeps what ${machine.name} calls itself inside: host name, addresses, keys. cloud-init can give it its own.`
    findings.push(warns({ code: 'build.same-identity', field: 'cloudInit', text, params }))
  }
  return findings
}

const copyWhole = { code: 'build.copy-whole', field: 'mode', value: 'full' }

function diskFindings({ mode, changes }: CloneInput, source: CloneSource): BuildFinding[] {
  const findings: BuildFinding[] = []
  const copied = source.disks.filter((disk) => disk.copied)
  for (const { target, place, linkReason } of copied) {
    if (place === null) {
      const text = `The disk ${target} lies in no pool, so it cannot be copied.`
      findings.push(blocks({ code: 'build.disk-in-no-pool', field: 'machineId', text, params: { target } }))
    } else if (mode === 'linked' && linkReason) {
      const params = { target, reason: linkReason.text }
      const text = `Nothing can be linked to the disk ${target}: ${linkReason.text}`
      findings.push(blocks({ code: 'build.cannot-link', field: 'mode', text, params, mend: copyWhole }))
    }
  }
  for (const [target, sizeBytes] of Object.entries(changes.diskSizes ?? {})) {
    const field = `changes.diskSizes.${target}`
    const disk = copied.find((one) => one.target === target)
    if (!disk) {
      const text = `There is no disk ${target} that is copied.`
      findings.push(blocks({ code: 'build.no-such-disk', field, text, params: { target } }))
    } else if (disk.capacityBytes !== null && sizeBytes < disk.capacityBytes) {
      const params = { target, bytes: disk.capacityBytes }
      const text = `The disk ${target} cannot become smaller than its original.`
      const mend = { code: 'build.original-size', field, value: disk.capacityBytes }
      findings.push(blocks({ code: 'build.disk-shrinks', field, text, params, mend }))
    }
  }
  return findings
}

/** A template says what of it may be changed. */
function templateFindings({ changes, cloudInit }: CloneInput, source: CloneSource, template: Template): BuildFinding[] {
  const may = new Set(template.changeable)
  const isResized = Object.entries(changes.diskSizes ?? {}).some(
    ([target, size]) => source.disks.find((disk) => disk.target === target)?.capacityBytes !== size,
  )
  const changed = [
    { what: 'vcpus', field: 'changes.vcpus', is: changes.vcpus !== undefined && changes.vcpus !== source.vcpus, back: source.vcpus },
    {
      what: 'memoryMiB',
      field: 'changes.memoryMiB',
      is: changes.memoryMiB !== undefined && changes.memoryMiB !== source.memoryMiB,
      back: source.memoryMiB,
    },
    { what: 'diskSizes', field: 'changes.diskSizes', is: isResized, back: {} },
    {
      what: 'networks',
      field: 'changes.nics',
      is: changes.nics !== undefined && !sameNetworks(changes.nics, source.nics),
      back: source.nics,
    },
    { what: 'cloudInit', field: 'cloudInit', is: cloudInit !== null, back: null },
    { what: 'tags', field: 'changes.tags', is: changes.tags !== undefined, back: undefined },
    { what: 'description', field: 'changes.description', is: changes.description !== undefined, back: undefined },
  ] as const
  return changed.flatMap(({ what, field, is, back }) => {
    if (!is || may.has(what)) return []
    const text = `The template ${template.family} does not let this be changed (${what}).`
    const mend = back === undefined ? null : { code: 'build.as-template', field, value: JSON.parse(JSON.stringify(back)) }
    return [blocks({ code: 'build.template-fixed', field, text, params: { family: template.family, what }, mend })]
  })
}

/** Addresses of cards are each machine's own and no change. */
function sameNetworks(a: CloneSource['nics'], b: CloneSource['nics']): boolean {
  const plain = (nics: CloneSource['nics']) => JSON.stringify(nics.map(({ source, vlan, model }) => [source, vlan, model]))
  return plain(a) === plain(b)
}

function seedPlaceFindings({ cloudInit }: CloneInput, source: CloneSource): BuildFinding[] {
  if (!cloudInit || source.disks.some((disk) => disk.copied && disk.place !== null)) return []
  const text = 'The file for cloud-init lies beside the machine’s first disk, and the machine has none.'
  return [blocks({ code: 'build.no-pool-for-seed', field: 'cloudInit', text })]
}
