import { isAppError } from '../../../../shared/errors/index.ts'
import type { BuildFinding } from '../../../../shared/model/index.ts'
import { isXmlText } from '../../../xml/index.ts'
import type { MachineDefinition } from '../../provider.ts'
import { within } from '../act-context.ts'
import { checkName } from '../names.ts'
import { readAbilities } from './abilities.ts'
import type { BuildContext } from './build-context.ts'
import { checkCopy } from './check-copy.ts'
import { checkHardware, checkSize } from './check-host.ts'
import { checkNewVolumes } from './check-volumes.ts'
import { checkNics } from './check-wires.ts'
import type { NewDefinition } from './files.ts'
import { blocks } from './finding.ts'
import type { offeredMachines } from './guests.ts'
import { readHostSize } from './options.ts'
import { Storage } from './storage.ts'
import { readWires } from './wires.ts'

/** What stands in the way of a definition, as far as the host can tell. Only reads. */
export async function checkDefinition(
  context: BuildContext,
  definition: MachineDefinition,
  count: number,
): Promise<readonly BuildFinding[]> {
  const named = await checkNameOf(context, definition.name)
  const rest = definition.kind === 'new' ? await checkNew(context, definition, count) : await checkCopy(context, definition, count)
  return [...named, ...rest]
}

async function checkNameOf(context: BuildContext, name: string): Promise<readonly BuildFinding[]> {
  const { type } = await context.host.call('connectGetType', {}, within(context))
  try {
    checkName(name, type)
    return []
  } catch (error) {
    if (!isAppError(error)) throw error
    return [blocks({ code: 'build.name-invalid', field: 'name', text: error.message, params: { name } })]
  }
}

async function checkNew(context: BuildContext, definition: NewDefinition, count: number): Promise<readonly BuildFinding[]> {
  const { host } = context
  const { spec } = definition
  const options = within(context)
  const storage = new Storage(host, options)
  const preferred = await readAbilities(host, null, options)
  const isOffered = spec.machineType === null || offers(preferred.guests, spec.machineType)
  const [abilities, wires, size] = await Promise.all([
    isOffered && spec.machineType !== null ? readAbilities(host, spec.machineType, options) : preferred,
    readWires(host, options),
    readHostSize(host, options),
  ])
  const sizes = { vcpus: spec.cpu.vcpus, memoryMiB: spec.memoryMiB }
  const fields = { vcpus: 'spec.cpu.vcpus', memory: 'spec.memoryMiB' }
  return [
    ...(isOffered ? [] : [machineNotOffered(spec.machineType ?? '', preferred.machine)]),
    ...checkTexts(spec),
    ...checkHardware(spec, abilities),
    ...checkSize(sizes, count, fields, abilities.capabilities.maxVcpus, size),
    ...checkNics(spec.nics, 'spec.nics', wires, abilities.libvirtVersion),
    ...(await checkNewVolumes(context, definition, count, storage)),
  ]
}

function offers(guests: Parameters<typeof offeredMachines>[0], machineType: string): boolean {
  return guests.machineTypes.some(({ name, canonical }) => name === machineType || canonical === machineType)
}

function machineNotOffered(machineType: string, preferred: string | null): BuildFinding {
  const field = 'spec.machineType'
  const text = `The host does not offer the machine type ${machineType}.`
  const mend = { code: 'build.use-machine-type', field, value: preferred }
  return blocks({ code: 'build.machine-type-not-offered', field, text, params: { machineType }, mend })
}

function checkTexts({ title, description, tags }: NewDefinition['spec']): readonly BuildFinding[] {
  const findings: BuildFinding[] = []
  if (title?.includes('\n')) {
    const value = title.replaceAll(/\s*\n\s*/g, ' ')
    const mend = { code: 'build.one-line', field: 'spec.title', value }
    findings.push(blocks({ code: 'build.title-invalid', field: 'spec.title', text: 'A title is one line.', mend }))
  }
  const texts = { title, description, tags: tags.join('') }
  for (const [name, text] of Object.entries(texts)) {
    if (text === null || isXmlText(text)) continue
    const words = 'A definition cannot hold control characters. Take them out of the text.'
    findings.push(blocks({ code: 'build.text-invalid', field: `spec.${name}`, text: words }))
  }
  return findings
}
