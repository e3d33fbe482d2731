import type { BuildFinding, DiskSpec } from '../../../../shared/model/index.ts'
import type { MachineDefinition } from '../../provider.ts'
import type { World } from '../world.ts'
import { spaceFindings, volumeOrFinding } from './check-space.ts'
import { nicFindings, tagsOf } from './check-wires.ts'
import { blocks, gib, warns } from './finding.ts'
import type { CopyDefinition, NewDefinition } from './new-machine.ts'
import { type Options, optionsOf } from './options.ts'

/** What stands in the way of making this machine, as the host would tell. Nothing is made. */
export function checkDefinition(world: World, hostRef: string, definition: MachineDefinition, count: number): BuildFinding[] {
  const options = optionsOf(world, hostRef)
  const isNew = definition.kind === 'new'
  const asked = isNew ? askedOfNew(definition) : askedOfCopy(world, definition)
  const nics = isNew ? definition.spec.nics : (definition.changes.nics ?? [])
  return [
    ...(isNew ? platformFindings(options, definition) : []),
    ...sizeFindings(options, asked, count),
    ...(isNew ? imageFindings(world, hostRef, definition) : []),
    ...spaceFindings(world, hostRef, definition, count),
    ...takenFindings(world, hostRef, definition),
    ...nics.flatMap((nic, at) => nicFindings(options, tagsOf(world, hostRef), nic, `${isNew ? 'spec' : 'changes'}.nics.${at}`)),
  ]
}

type ImageSource = Extract<DiskSpec['source'], { readonly kind: 'image' }>

interface Asked {
  readonly vcpus: number
  readonly memoryMiB: number
  /** Where the two stand in the request. */
  readonly vcpusField: string
  readonly memoryField: string
}

function askedOfNew({ spec }: NewDefinition): Asked {
  return { vcpus: spec.cpu.vcpus, memoryMiB: spec.memoryMiB, vcpusField: 'spec.cpu.vcpus', memoryField: 'spec.memoryMiB' }
}

function askedOfCopy(world: World, { sourceRef, changes }: CopyDefinition): Asked {
  const { facts } = world.machine(sourceRef)
  return {
    vcpus: changes.vcpus ?? facts.vcpus,
    memoryMiB: changes.memoryMiB ?? Math.floor(facts.maxMemoryKiB / 1_024),
    vcpusField: 'changes.vcpus',
    memoryField: 'changes.memoryMiB',
  }
}

function platformFindings(options: Options, { spec }: NewDefinition): BuildFinding[] {
  const findings: BuildFinding[] = []
  const firmware = options.firmwares.find(({ id }) => id === spec.firmware)?.reason
  if (firmware) {
    const value = options.firmwares.find(({ id, reason }) => id !== spec.firmware && id !== 'bios' && !reason)?.id ?? 'bios'
    const mend = { code: 'build.use-firmware', field: 'spec.firmware', value }
    findings.push(blocks({ code: firmware.code, field: 'spec.firmware', text: firmware.text, mend }))
  }
  const without = (field: string) => ({ code: 'build.do-without', field, value: false })
  if (spec.tpm && options.tpm) findings.push(blocks({ ...options.tpm, params: {}, field: 'spec.tpm', mend: without('spec.tpm') }))
  if (spec.clipboard && options.clipboard) {
    findings.push(blocks({ ...options.clipboard, params: {}, field: 'spec.clipboard', mend: without('spec.clipboard') }))
  }
  const { machineType } = spec
  if (machineType !== null && !options.machineTypes.includes(machineType)) {
    const text = `The host does not offer the machine type ${machineType}.`
    const mend = { code: 'build.use-machine-type', field: 'spec.machineType', value: 'q35' }
    findings.push(blocks({ code: 'build.machine-type-not-offered', field: 'spec.machineType', text, params: { machineType }, mend }))
  }
  const { mode, model } = spec.cpu
  if (mode === 'custom' && model !== undefined && !options.cpuModels.includes(model)) {
    const text = `The host does not offer the processor model ${model}.`
    findings.push(blocks({ code: 'build.cpu-model-not-offered', field: 'spec.cpu.model', text, params: { model } }))
  }
  return findings
}

function sizeFindings(options: Options, { vcpus, memoryMiB, vcpusField, memoryField }: Asked, count: number): BuildFinding[] {
  const findings: BuildFinding[] = []
  const { maxVcpus, hostCpus, hostMemoryMiB, hostMemoryFreeMiB } = options
  if (vcpus > maxVcpus) {
    const mend = { code: 'build.use-number', field: vcpusField, value: maxVcpus }
    const text = `A machine on this host has ${maxVcpus} processors at most.`
    findings.push(blocks({ code: 'build.too-many-vcpus', field: vcpusField, text, params: { max: maxVcpus }, mend }))
  } else if (hostCpus !== null && vcpus > hostCpus) {
    const text = `The host has ${hostCpus} processors: more than those make a machine slower.`
    findings.push(warns({ code: 'build.more-vcpus-than-host', field: vcpusField, text, params: { hostCpus } }))
  }
  const mib = 2 ** 20
  if (hostMemoryMiB !== null && memoryMiB > hostMemoryMiB) {
    const total = gib(hostMemoryMiB * mib)
    const text = `The host has ${total} of memory in all.`
    findings.push(blocks({ code: 'build.memory-above-host', field: memoryField, text, params: { total } }))
  } else if (hostMemoryFreeMiB !== null && memoryMiB * count > hostMemoryFreeMiB) {
    const [free, needed] = [gib(hostMemoryFreeMiB * mib), gib(memoryMiB * count * mib)]
    const text = `${needed} of memory are needed and ${free} are free on the host now: not all of them will start.`
    findings.push(warns({ code: 'build.memory-above-free', field: memoryField, text, params: { needed, free } }))
  }
  return findings
}

function imageFindings(world: World, hostRef: string, { spec }: NewDefinition): BuildFinding[] {
  const findings: BuildFinding[] = []
  for (const [at, { source }] of spec.disks.entries()) {
    const field = `spec.disks.${at}.source`
    if (source.kind === 'new') continue
    const place = source.kind === 'image' ? source.base : { pool: source.pool, volume: source.volume }
    const found = volumeOrFinding(world, hostRef, place, source.kind === 'image' ? `${field}.base` : `${field}.volume`)
    if ('severity' in found) {
      findings.push(found)
      continue
    }
    if (source.kind === 'image') findings.push(...writerFindings(world, hostRef, source, `${field}.base`))
    if (source.kind === 'image' && source.sizeBytes !== null && source.sizeBytes < found.capacityBytes) {
      const size = gib(found.capacityBytes)
      const mend = { code: 'build.grow-disk', field: `${field}.sizeBytes`, value: found.capacityBytes }
      const text = `The image is ${size} large: a disk made from it cannot be smaller.`
      findings.push(blocks({ code: 'build.disk-smaller-than-image', field: `${field}.sizeBytes`, text, params: { size }, mend }))
    }
  }
  for (const [at, place] of spec.media.entries()) {
    const found = volumeOrFinding(world, hostRef, place, `spec.media.${at}`)
    if ('severity' in found) findings.push(found)
    else if (found.format !== 'iso') {
      const text = `${place.volume} is no CD image: nothing can start from it.`
      findings.push(blocks({ code: 'build.not-a-cd', field: `spec.media.${at}`, text, params: { volume: place.volume } }))
    }
  }
  return findings
}

/** Machines that have the image as their disk. */
function writerFindings(world: World, hostRef: string, { base, mode }: ImageSource, field: string): BuildFinding[] {
  const machines = world.volumes.usersOf(hostRef, base).join(', ')
  if (machines === '') return []
  const params = { ...base, machines }
  const isLinked = mode === 'linked'
  const code = isLinked ? 'build.base-is-a-disk' : 'build.base-may-change'
  const text = isLinked
    ? `${machines} may write to the image: that would destroy what is built on it.`
    : `${machines} uses the image as its disk: copied while it runs, the copy may be torn.`
  return [warns({ code, field, text, params })]
}

/** New volumes whose names are taken. */
function takenFindings(world: World, hostRef: string, definition: MachineDefinition): BuildFinding[] {
  const { disks } = definition
  const made = Array.isArray(disks)
    ? disks.filter((_, at) => definition.kind === 'new' && definition.spec.disks[at]?.source.kind !== 'existing')
    : Object.values(disks)
  const findings: BuildFinding[] = []
  for (const { pool, volume } of made) {
    if (!world.host(hostRef).pools.get(`${hostRef}/${pool}`)?.active || !world.volumes.find(hostRef, { pool, volume })) continue
    const text = `The pool ${pool} has a volume named ${volume} already. Choose another name for the machine.`
    findings.push(blocks({ code: 'build.volume-taken', field: 'name', text, params: { pool, volume } }))
  }
  return findings
}
