import { constants as c } from '../../../libvirt/index.ts'
import type { MachineDefinition } from '../../provider.ts'
import { change, within } from '../act-context.ts'
import { checkName } from '../names.ts'
import { isNoDomain, libvirtNumber, VIR_ERR } from '../problems.ts'
import type { BuildContext } from './build-context.ts'
import { abilitiesFor, readSource, xmlOfCopy, xmlOfNew } from './definition.ts'
import { nameTaken, uuidTaken } from './problems.ts'

/**
 * Defines a machine. libvirt takes a definition whose name and UUID it knows as a change of that machine, so both are looked up before: a
 * machine that is there is never written over. A new one is checked against libvirt's schema; a copy is not, as what libvirt took once,
 * without a check, it takes again.
 */
export async function define(context: BuildContext, definition: MachineDefinition): Promise<void> {
  const { host, work } = context
  const { name, uuid } = definition
  const { type } = await host.call('connectGetType', {}, within(context))
  checkName(name, type)
  const [byUuid, byName] = await Promise.all([
    orNull(host.call('domainLookupByUuid', { uuid }, within(context))),
    orNull(host.call('domainLookupByName', { name }, within(context))),
  ])
  if (byUuid) throw uuidTaken(uuid, byUuid.dom.name)
  if (byName) throw nameTaken(name, await hostname(context))
  const xml =
    definition.kind === 'new'
      ? await xmlOfNew(context, definition, await abilitiesFor(context, definition), 'there')
      : await xmlOfCopy(context, definition, await readSource(host, definition.sourceRef, true, within(context)), 'there')
  const flags = definition.kind === 'new' ? c.VIR_DOMAIN_DEFINE_VALIDATE : 0
  try {
    const { dom } = await change(context, 'domainDefineXmlFlags', { xml, flags })
    if (definition.kind === 'new' && definition.spec.autostart) await change(context, 'domainSetAutostart', { dom, autostart: 1 })
  } catch (error) {
    // "operation failed" is what libvirt says of a name that was taken meanwhile, and of much else.
    if (libvirtNumber(error) !== VIR_ERR.operationFailed) throw error
    work.signal.throwIfAborted()
    const other = await orNull(host.call('domainLookupByName', { name }, within(context)))
    throw other && other.dom.uuid !== uuid ? nameTaken(name, await hostname(context), error) : error
  }
}

async function orNull<T>(looking: Promise<T>): Promise<T | null> {
  try {
    return await looking
  } catch (error) {
    if (isNoDomain(error)) return null
    throw error
  }
}

async function hostname(context: BuildContext): Promise<string> {
  return (await context.host.call('connectGetHostname', {}, within(context))).hostname
}
