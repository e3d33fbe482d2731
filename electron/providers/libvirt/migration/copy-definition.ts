import type { DomainRef } from '../../../libvirt/index.ts'
import { escapeXml } from '../../../xml/index.ts'
import type { MoveOrder } from '../../provider.ts'
import { change } from '../act-context.ts'
import { nameTaken, uuidTaken } from '../build/problems.ts'
import { isNoDomain } from '../problems.ts'
import { edited, rangeAt, rangesOf } from '../snapshots/xml-ranges.ts'
import type { MachineContext, MigrationContext } from './migration-context.ts'
import { targetDefinitions } from './target-definitions.ts'

/** What the other host is told of a machine that is off, with its passwords: it goes from link to link and is kept nowhere. */
export async function definitionFor(context: MachineContext, order: MoveOrder): Promise<string> {
  const { running, name } = await targetDefinitions(context, order)
  const { rename } = order.spec
  return rename === null || rename === name ? running : renamed(running, rename)
}

/** With another name. Throws SyntaxError. */
export function renamed(xml: string, to: string): string {
  const name = rangeAt(rangesOf(xml), 'name')
  if (!name) throw new SyntaxError('The definition has no name')
  return edited(xml, [{ start: name.openEnd, end: name.closeStart, text: escapeXml(to) }])
}

/** Defines it here, off. libvirt would take another's definition for an older one of it: who has the UUID or the name is looked for first. */
export async function defineHere(context: MigrationContext, uuid: string, name: string, xml: string): Promise<void> {
  const { host, work } = context
  const bounds = { signal: work.signal }
  const [twin, sameName] = await Promise.all([
    ifAny(host.call('domainLookupByUuid', { uuid }, bounds)),
    ifAny(host.call('domainLookupByName', { name }, bounds)),
  ])
  if (twin) throw uuidTaken(uuid, twin.name)
  if (sameName) throw nameTaken(name, (await host.call('connectGetHostname', {}, bounds)).hostname)
  const { dom } = await change(context, 'domainDefineXmlFlags', { xml, flags: 0 })
  context.touchDefinition(dom.uuid)
  context.touch(dom.uuid, dom)
}

/** What a look for a machine finds; null: there is none. */
export async function ifAny(look: Promise<{ readonly dom: DomainRef }>): Promise<DomainRef | null> {
  try {
    return (await look).dom
  } catch (error) {
    if (isNoDomain(error)) return null
    throw error
  }
}
