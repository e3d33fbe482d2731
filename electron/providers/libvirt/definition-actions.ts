import { constants as c } from '../../libvirt/index.ts'
import { isXmlText, parseXml } from '../../xml/index.ts'
import { type ActContext, type ActionOf, change, explained, within } from './act-context.ts'
import { METADATA_PREFIX, METADATA_TYPE, METADATA_URI, readOwnMetadata, tagsAfter, writeOwnMetadata } from './metadata.ts'
import { checkName } from './names.ts'
import { invalid, isNoDomain, isUnsupported, libvirtNumber, nameTaken, VIR_ERR } from './problems.ts'

export async function rename(context: ActContext, action: ActionOf<'rename'>): Promise<void> {
  const { host, dom } = context
  const { name } = action
  const { type } = await host.call('connectGetType', {}, within(context))
  checkName(name, type)
  const other = await host.call('domainLookupByName', { name }, within(context)).catch((error: unknown) => {
    if (isNoDomain(error)) return null
    throw error
  })
  if (other && other.dom.uuid !== dom.uuid) {
    const { hostname } = await host.call('connectGetHostname', {}, within(context))
    throw nameTaken(name, hostname)
  }
  try {
    await change(context, 'domainRename', { dom, newName: name, flags: 0 })
  } catch (error) {
    throw await explained(context, 'rename', error)
  }
}

/** Title, description, tags and notes of the machine's own definition: of the kept one, and of the running one if it runs. */
export async function setMetadata(context: ActContext, action: ActionOf<'setMetadata'>): Promise<void> {
  const { title, description, notes, tags, addTags, removeTags } = action
  if (title?.includes('\n')) throw invalid('machine.title-invalid', 'A title is one line: it cannot hold a line break.')
  for (const text of [title, description, notes, ...(tags ?? []), ...(addTags ?? [])]) {
    if (typeof text === 'string' && !isXmlText(text)) {
      throw invalid('machine.text-invalid', 'A definition cannot hold control characters. Take them out of the text.')
    }
  }
  const flags = await placesOf(context)
  if (title !== undefined) await setText(context, METADATA_TYPE.title, title, flags)
  if (description !== undefined) await setText(context, METADATA_TYPE.description, description, flags)
  if (notes !== undefined || tags || addTags || removeTags) {
    const xml = await readOwnXml(context)
    const before = xml === null ? null : readOwnMetadata(parseXml(xml))
    const next = {
      tags: tagsAfter(before?.tags ?? [], action),
      notes: notes === undefined ? (before?.notes ?? null) : notes || null,
    }
    await setOwn(context, writeOwnMetadata(xml, next), flags)
  }
  context.touchDefinition()
}

async function placesOf(context: ActContext): Promise<number> {
  const { host, dom } = context
  const [{ persistent }, { active }] = await Promise.all([
    host.call('domainIsPersistent', { dom }, within(context)),
    host.call('domainIsActive', { dom }, within(context)),
  ])
  return (persistent !== 0 ? c.VIR_DOMAIN_AFFECT_CONFIG : 0) | (active !== 0 ? c.VIR_DOMAIN_AFFECT_LIVE : 0)
}

async function setText(context: ActContext, type: number, text: string | null, flags: number): Promise<void> {
  await change(context, 'domainSetMetadata', { dom: context.dom, type, metadata: text || null, key: null, uri: null, flags })
}

async function setOwn(context: ActContext, xml: string | null, flags: number): Promise<void> {
  const { dom } = context
  try {
    await change(context, 'domainSetMetadata', {
      dom,
      type: METADATA_TYPE.element,
      metadata: xml,
      key: METADATA_PREFIX,
      uri: METADATA_URI,
      flags,
    })
  } catch (error) {
    // Taking away what is not there is what was wanted.
    if (xml !== null || libvirtNumber(error) !== VIR_ERR.noDomainMetadata) throw error
  }
}

/** Our element as it stands in the definition that counts now. Null: there is none. */
export async function readOwnXml(context: Pick<ActContext, 'host' | 'dom' | 'work'>): Promise<string | null> {
  const { host, dom, work } = context
  try {
    const { metadata } = await host.call(
      'domainGetMetadata',
      { dom, type: METADATA_TYPE.element, uri: METADATA_URI, flags: 0 },
      { signal: work.signal },
    )
    return metadata
  } catch (error) {
    if (libvirtNumber(error) === VIR_ERR.noDomainMetadata || isUnsupported(error)) return null
    throw error
  }
}
