import { type CallOptions, constants as c, type LibvirtHost } from '../../../libvirt/index.ts'
import { type Abilities, readAbilities } from './abilities.ts'
import type { BuildContext } from './build-context.ts'
import { copyDomainXml } from './copy-xml.ts'
import { newDomainXml } from './domain-xml.ts'
import { type CopyDefinition, type Finding, filesOfCopy, filesOfNew, type NewDefinition } from './files.ts'
import { Storage } from './storage.ts'

export async function xmlOfNew(context: BuildContext, definition: NewDefinition, abilities: Abilities, when: Finding): Promise<string> {
  const storage = new Storage(context.host, { signal: context.work.signal })
  return newDomainXml({ ...definition, ...(await filesOfNew(definition, storage, when)) }, abilities)
}

export async function xmlOfCopy(context: BuildContext, definition: CopyDefinition, sourceXml: string, when: Finding): Promise<string> {
  const storage = new Storage(context.host, { signal: context.work.signal })
  return copyDomainXml(sourceXml, { ...definition, ...(await filesOfCopy(definition, storage, when)) })
}

/**
 * The kept definition of the original. With `secrets` it holds passwords of displays, which a copy has as well and which are shown to nobody.
 * Throws LibvirtError (no domain).
 */
export async function readSource(host: LibvirtHost, ref: string, secrets: boolean, options: CallOptions): Promise<string> {
  const { dom } = await host.call('domainLookupByUuid', { uuid: ref }, options)
  const { persistent } = await host.call('domainIsPersistent', { dom }, options)
  const flags = (persistent !== 0 ? c.VIR_DOMAIN_XML_INACTIVE : 0) | (secrets ? c.VIR_DOMAIN_XML_SECURE : 0)
  return (await host.call('domainGetXmlDesc', { dom, flags }, options)).xml
}

/** For the machine type that is asked for. */
export function abilitiesFor({ host, work }: BuildContext, { spec }: NewDefinition): Promise<Abilities> {
  return readAbilities(host, spec.machineType, { signal: work.signal })
}
