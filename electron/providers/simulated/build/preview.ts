import type { BuildPreview, Reason } from '../../../../shared/model/index.ts'
import type { MachineDefinition } from '../../provider.ts'
import { detailOf } from '../detail.ts'
import type { World } from '../world.ts'
import { domainXml } from './domain-xml.ts'
import { type NewDefinition, newFacts, shapeAsked } from './new-machine.ts'
import { optionsOf } from './options.ts'

function xmlOf(world: World, hostRef: string, definition: MachineDefinition): string {
  const shape = shapeAsked(world, hostRef, definition)
  const facts = newFacts(world, hostRef, definition, shape)
  const nvram = shape.firmware === 'bios' ? null : `/var/lib/libvirt/qemu/nvram/${definition.uuid}_VARS.fd`
  return domainXml({
    uuid: definition.uuid,
    liveId: null,
    facts,
    nvram,
    shape,
    displays: shape.graphics === 'none' ? [] : [shape.graphics],
  })
}

/** The host's own choices for this system, under the same name. */
function plainXml(world: World, hostRef: string, definition: NewDefinition): string {
  const { defaults } = optionsOf(world, hostRef)
  const { os, disks } = definition
  const spec = { ...defaults, os: os.id, firmware: os.firmware, tpm: os.tpm, video: os.video }
  return xmlOf(world, hostRef, { ...definition, spec, disks: disks.slice(0, 1), seed: null })
}

/** What QEMU's driver of libvirt would say against it. */
function complaintOf(world: World, hostRef: string, definition: MachineDefinition): Reason | null {
  const { firmwares, tpm, maxVcpus } = optionsOf(world, hostRef)
  const shape = shapeAsked(world, hostRef, definition)
  const said = (text: string): Reason => ({ code: 'build.host-says', text, params: { said: text } })
  if (firmwares.find(({ id }) => id === shape.firmware)?.reason) {
    return said("operation failed: Unable to find 'efi' firmware that is compatible with the current configuration")
  }
  if (shape.tpm && tpm) return said("unsupported configuration: TPM backend type 'emulator' is not supported by this QEMU binary")
  if (shape.cpu.vcpus > maxVcpus) {
    return said(`unsupported configuration: Maximum CPUs greater than specified machine type limit ${maxVcpus}`)
  }
  return null
}

/** The definition as it would be given, and its like to compare it with. */
export function previewOf(world: World, hostRef: string, definition: MachineDefinition): Omit<BuildPreview, 'name'> {
  const baseXml = definition.kind === 'new' ? plainXml(world, hostRef, definition) : originalXml(world, world.machine(definition.sourceRef))
  return { xml: xmlOf(world, hostRef, definition), baseXml, complaint: complaintOf(world, hostRef, definition) }
}

function originalXml(world: World, machine: ReturnType<World['machine']>): string {
  const { xml, inactiveXml } = detailOf(world, machine)
  return inactiveXml ?? xml
}
