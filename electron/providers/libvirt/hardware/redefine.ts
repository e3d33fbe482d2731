import type { HardwareEdit } from '../../../../shared/model/index.ts'
import { constants as c } from '../../../libvirt/index.ts'
import { at, attributeOf, childrenOf, parseXml } from '../../../xml/index.ts'
import { change } from '../act-context.ts'
import { attribute, setAttribute } from '../build/xml-tree.ts'
import { DefinitionText } from './definition-text.ts'
import { keyedDevices } from './device-keys.ts'
import { edited } from './edited.ts'
import { type HardwareContext, readDefinitions, readWithSecrets } from './hardware-context.ts'
import { changedMeanwhile } from './hardware-problems.ts'
import type { Situation } from './situation.ts'

/** What a person wrote is checked against libvirt's schema; what libvirt took once it takes again. */
const WRITTEN: ReadonlySet<string> = new Set(['setDefinition', 'addDevice', 'changeDevice'])

/**
 * Changes the kept definition by defining it anew. What stands in it meanwhile is looked at once more right before: a change of somebody
 * else's is never written over. Passwords, which nobody is shown, stay. Throws `conflict` hardware.changed-meanwhile.
 */
export async function redefine(context: HardwareContext, edit: HardwareEdit, now: Situation): Promise<void> {
  const [before, latest] = await Promise.all([readWithSecrets(context, c.VIR_DOMAIN_XML_INACTIVE), readDefinitions(context)])
  if (latest.keptXml !== now.keptXml) throw changedMeanwhile(now.name, latest)
  const xml = edit.edit === 'setDefinition' ? withSecretsOf(before, edit.xml) : withSecretsOf(before, edited(before, edit, now.facts))
  await change(context, 'domainDefineXmlFlags', { xml, flags: WRITTEN.has(edit.edit) ? c.VIR_DOMAIN_DEFINE_VALIDATE : 0 })
  context.touchDefinition()
}

/** The passwords of displays that a definition had go on in the displays of the same kind that name none. */
export function withSecretsOf(before: string, after: string): string {
  const passwords = new Map<string, string>()
  for (const { key, element } of keyedDevices(at(parseXml(before), 'devices'))) {
    const password = element.name === 'graphics' ? attributeOf(element, 'passwd') : null
    if (password !== null) passwords.set(key, password)
  }
  if (passwords.size === 0 || childrenOf(at(parseXml(after), 'devices'), 'graphics').length === 0) return after
  const text = new DefinitionText(after)
  for (const [key, password] of passwords) {
    const graphics = text.device(key)
    if (!graphics || attribute(graphics, 'passwd') !== undefined) continue
    setAttribute(graphics, 'passwd', password)
    text.putDevice(key, graphics)
  }
  return text.xml
}
