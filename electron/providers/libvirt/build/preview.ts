import { isAppError } from '../../../../shared/errors/index.ts'
import type { BuildPreview, MachineSpec, OsEntry, Reason } from '../../../../shared/model/index.ts'
import type { MachineDefinition } from '../../provider.ts'
import { within } from '../act-context.ts'
import { libvirtNumber, toProblem, VIR_ERR } from '../problems.ts'
import { type Abilities, readAbilities } from './abilities.ts'
import type { BuildContext } from './build-context.ts'
import { abilitiesFor, readSource, xmlOfCopy, xmlOfNew } from './definition.ts'
import type { NewDefinition } from './files.ts'
import { defaultsOf, readHostSize } from './options.ts'
import { busReason, firmwareReason, tpmReason } from './reasons.ts'
import { Storage } from './storage.ts'
import { readWires } from './wires.ts'

/** The definition, what it is held against, and what libvirt says of it. Display passwords of an original are not in it. */
export async function preview(context: BuildContext, definition: MachineDefinition): Promise<Omit<BuildPreview, 'name'>> {
  const { host } = context
  if (definition.kind === 'copy') {
    const baseXml = await readSource(host, definition.sourceRef, false, within(context))
    const xml = await xmlOfCopy(context, definition, baseXml, 'future')
    return { xml, baseXml, complaint: await complaintOf(context, xml) }
  }
  const { abilities, complaint: known } = await anyAbilities(context, definition)
  const xml = await xmlOfNew(context, definition, abilities, 'future')
  const base = await baseOf(context, definition, abilities)
  const [baseXml, complaint] = await Promise.all([xmlOfNew(context, base, abilities, 'future'), known ?? complaintOf(context, xml)])
  return { xml, baseXml, complaint }
}

interface Preview {
  readonly abilities: Abilities
  readonly complaint: Reason | null
}

/** A machine type that the host does not have is shown as well; what libvirt says of it is about everything else. */
async function anyAbilities(context: BuildContext, definition: NewDefinition): Promise<Preview> {
  try {
    return { abilities: await abilitiesFor(context, definition), complaint: null }
  } catch (error) {
    if (!isAppError(error) || error.code !== 'build.machine-type-not-offered') throw error
    const { code, message } = error
    const params = { machineType: definition.spec.machineType ?? '' }
    return { abilities: await readAbilities(context.host, null, within(context)), complaint: { code, text: message, params } }
  }
}

/** The same machine by the host's and its system's defaults: what differs from it was chosen. */
async function baseOf({ host, work }: BuildContext, definition: NewDefinition, abilities: Abilities): Promise<NewDefinition> {
  const options = { signal: work.signal }
  const [wires, pools, size] = await Promise.all([readWires(host, options), new Storage(host, options).all(), readHostSize(host, options)])
  const { os, spec, disks } = definition
  const defaults = forSystem(defaultsOf(abilities, wires, pools, size), os, abilities)
  const [first] = spec.disks
  const [disk] = defaults.disks
  const [place] = disks
  return {
    ...definition,
    disks: place ? [place] : [],
    spec: {
      ...defaults,
      os: os.id,
      // Where it lies and what it comes from is no choice of hardware.
      disks: first && disk ? [{ ...disk, source: first.source }] : [],
    },
  }
}

function forSystem(defaults: MachineSpec, os: OsEntry, abilities: Abilities): MachineSpec {
  const disk = busReason(abilities, os.diskBus) === null ? { bus: os.diskBus } : {}
  return {
    ...defaults,
    firmware: firmwareReason(abilities, os.firmware) === null ? os.firmware : defaults.firmware,
    tpm: os.tpm && tpmReason(abilities) === null,
    cpu: { ...defaults.cpu, vcpus: os.recommended.vcpus },
    memoryMiB: os.recommended.memoryMiB,
    disks: defaults.disks.map((each) => ({ ...each, ...disk })),
    nics: defaults.nics.map((nic) => ({ ...nic, model: os.nicModel })),
    video: abilities.capabilities.videos.includes(os.video) ? os.video : defaults.video,
  }
}

/** Numbers that say nothing of the definition: this libvirt, or this user, cannot ask. */
const CANNOT_ASK: ReadonlySet<number> = new Set([VIR_ERR.noSupport, VIR_ERR.operationDenied, VIR_ERR.accessDenied])

/**
 * libvirt checks a definition against its schema only while it defines it (VIR_DOMAIN_DEFINE_VALIDATE), and defining is no way to look. What
 * it can do without is to say how it would start QEMU (connectDomainXmlToNative): for that it reads the whole definition as a define does,
 * runs every check of the driver (machine type, buses, processor, TPM, what this QEMU can do), and makes nothing. Tried on 9.0: disks,
 * networks and bridges need not be there; firmware is picked, so a missing one is told.
 */
async function complaintOf(context: BuildContext, xml: string): Promise<Reason | null> {
  try {
    const args = { nativeFormat: 'qemu-argv', domainXml: xml, flags: 0 }
    await context.host.call('connectDomainXmlToNative', args, { ...within(context), idempotent: true })
    return null
  } catch (error) {
    const number = libvirtNumber(error)
    if (number === undefined) throw error
    if (CANNOT_ASK.has(number)) return null
    const { message } = toProblem(error)
    return { code: 'build.host-says', text: `The host says: ${message}`, params: { said: message } }
  }
}
