import {
  type BuildFinding,
  CPU_MODES,
  DISK_BUSES,
  FIRMWARES,
  type MachineSpec,
  type Reason,
  VIDEO_MODELS,
} from '../../../../shared/model/index.ts'
import type { Abilities } from './abilities.ts'
import { blocks, gibibytes, warns } from './finding.ts'
import type { HostSize } from './options.ts'
import { busReason, clipboardReason, cpuModeReason, firmwareReason, graphicsReason, rngReason, tpmReason } from './reasons.ts'

/** What of a specification the host's emulator cannot give. */
export function checkHardware(spec: MachineSpec, abilities: Abilities): readonly BuildFinding[] {
  const { cpu, firmware, graphics, video, disks, boot } = spec
  const { capabilities } = abilities
  const findings: Array<BuildFinding | null> = [
    refused(
      firmwareReason(abilities, firmware),
      'spec.firmware',
      'build.use-firmware',
      FIRMWARES.find((each) => !firmwareReason(abilities, each)),
    ),
    spec.tpm ? refused(tpmReason(abilities), 'spec.tpm', 'build.do-without', false) : null,
    refused(cpuModeReason(abilities, cpu.mode), 'spec.cpu.mode', 'build.use-value', bestMode(abilities)),
    cpu.mode === 'custom' ? checkModel(cpu.model ?? '', abilities) : null,
    refused(graphicsReason(abilities, graphics), 'spec.graphics', 'build.use-value', 'vnc'),
    spec.clipboard && graphics === 'vnc' ? refused(clipboardReason(abilities), 'spec.clipboard', 'build.do-without', false) : null,
    spec.rng ? refused(rngReason(abilities), 'spec.rng', 'build.do-without', false) : null,
    ...disks.map(({ bus }, index) => refused(busReason(abilities, bus), `spec.disks.${index}.bus`, 'build.use-value', bestBus(abilities))),
  ]
  if (graphics !== 'none' && !capabilities.videos.includes(video)) {
    const value = VIDEO_MODELS.find((each) => capabilities.videos.includes(each))
    const mend = value === undefined ? null : { code: 'build.use-value', field: 'spec.video', value }
    const text = `QEMU on this host has no graphics card ${video}.`
    findings.push(blocks({ code: 'build.video-not-offered', field: 'spec.video', text, params: { video }, mend }))
  }
  for (const [index, { ioThread, bus }] of disks.entries()) {
    if (!ioThread || bus === 'virtio' || bus === 'scsi') continue
    const field = `spec.disks.${index}.ioThread`
    const text = `Disks on the ${bus} bus have no thread of their own: only virtio and SCSI disks can.`
    findings.push(
      warns({ code: 'build.no-io-thread', field, text, params: { bus }, mend: { code: 'build.do-without', field, value: false } }),
    )
  }
  const there = { disk: disks.length, cdrom: spec.media.length, network: spec.nics.length }
  if (boot.every((device) => there[device] === 0)) {
    const text = 'It has nothing to start from: no device of the kinds in the boot order.'
    findings.push(warns({ code: 'build.nothing-to-start', field: 'spec.boot', text }))
  }
  return findings.filter((found) => found !== null)
}

/** The reason that disables a choice in the form, as what stands in the way. */
function refused(reason: Reason | null, field: string, mendCode: string, value: string | boolean | undefined): BuildFinding | null {
  if (!reason) return null
  return blocks({ ...reason, field, mend: value === undefined ? null : { code: mendCode, field, value } })
}

function bestMode(abilities: Abilities): string | undefined {
  return CPU_MODES.find((mode) => mode !== 'custom' && cpuModeReason(abilities, mode) === null)
}

function bestBus(abilities: Abilities): string | undefined {
  return DISK_BUSES.find((bus) => busReason(abilities, bus) === null)
}

function checkModel(model: string, { capabilities: { models } }: Abilities): BuildFinding | null {
  const known = models.find(({ name }) => name === model)
  if (known?.usable || models.length === 0) return null
  const text = known ? `The host's processor lacks something that ${model} has.` : `The host does not offer the processor model ${model}.`
  const code = known ? 'build.cpu-model-unusable' : 'build.cpu-model-not-offered'
  return blocks({ code, field: 'spec.cpu.model', text, params: { model } })
}

export interface SizeFields {
  readonly vcpus: string
  readonly memory: string
}

/** Processors and memory of `count` machines against what the host has. */
export function checkSize(
  { vcpus, memoryMiB }: { readonly vcpus: number; readonly memoryMiB: number },
  count: number,
  fields: SizeFields,
  maxVcpus: number | null,
  { hostCpus, hostMemoryMiB, hostMemoryFreeMiB }: HostSize,
): readonly BuildFinding[] {
  const findings: BuildFinding[] = []
  if (maxVcpus !== null && vcpus > maxVcpus) {
    const mend = { code: 'build.use-number', field: fields.vcpus, value: maxVcpus }
    const text = `A machine on this host has ${maxVcpus} processors at most.`
    findings.push(blocks({ code: 'build.too-many-vcpus', field: fields.vcpus, text, params: { max: maxVcpus }, mend }))
  } else if (hostCpus !== null && vcpus > hostCpus) {
    const mend = { code: 'build.use-number', field: fields.vcpus, value: hostCpus }
    const text = `The host has ${hostCpus} processors: more than those make a machine slower.`
    findings.push(warns({ code: 'build.more-vcpus-than-host', field: fields.vcpus, text, params: { hostCpus }, mend }))
  }
  const said = (mib: number) => gibibytes(mib * 2 ** 20)
  if (hostMemoryMiB !== null && memoryMiB > hostMemoryMiB) {
    const total = said(hostMemoryMiB)
    const text = `The host has ${total} of memory in all.`
    findings.push(blocks({ code: 'build.memory-above-host', field: fields.memory, text, params: { total } }))
  } else if (hostMemoryFreeMiB !== null && memoryMiB * count > hostMemoryFreeMiB) {
    const params = { needed: said(memoryMiB * count), free: said(hostMemoryFreeMiB) }
    const text = `${params.needed} of memory are needed and ${params.free} are free on the host now: not all of them will start.`
    findings.push(warns({ code: 'build.memory-above-free', field: fields.memory, text, params }))
  }
  return findings
}
