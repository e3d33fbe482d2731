import { AppError } from '../../../shared/errors/index.ts'
import { constants as c, type DomainRef, type LibvirtHost } from '../../libvirt/index.ts'
import { at, attributeOf, childrenOf, parseXml, type XmlElement } from '../../xml/index.ts'
import type { CallOptions } from '../provider.ts'
import { type ActContext, change, within } from './act-context.ts'
import { transient } from './problems.ts'
import { insertLast } from './xml-insert.ts'

/**
 * On the host's loopback, where our own SSH connection comes out. Without a video device libvirt adds the one it prefers for the
 * architecture as soon as there is a display (virDomainDefAddImplicitVideo).
 */
const VNC = "  <graphics type='vnc' port='-1' autoport='yes'>\n      <listen type='address' address='127.0.0.1'/>\n    </graphics>\n  "

/** A VNC display in the kept definition: a display cannot be plugged into a machine that runs. One that is there already is enough. */
export async function addDisplay(context: ActContext): Promise<void> {
  const { host, dom } = context
  const { persistent } = await host.call('domainIsPersistent', { dom }, within(context))
  if (persistent === 0) throw transient(dom.name)
  // with the passwords that stand in it: what is defined without them has lost them
  const flags = c.VIR_DOMAIN_XML_INACTIVE | c.VIR_DOMAIN_XML_SECURE
  const { xml } = await host.call('domainGetXmlDesc', { dom, flags }, within(context))
  const devices = at(parseXml(xml), 'devices')
  if (hasVnc(devices)) return
  if (refusesVideo(devices)) throw noVideo(dom.name)
  await change(context, 'domainDefineXmlFlags', { xml: insertLast(xml, ['domain', 'devices'], VNC), flags: 0 })
  context.touchDefinition()
}

/** Whether the definition that the next start reads has a VNC display. */
export async function hasKeptVnc(host: LibvirtHost, dom: DomainRef, options: CallOptions): Promise<boolean> {
  const { xml } = await host.call('domainGetXmlDesc', { dom, flags: c.VIR_DOMAIN_XML_INACTIVE }, options)
  return hasVnc(at(parseXml(xml), 'devices'))
}

function hasVnc(devices: XmlElement | undefined): boolean {
  return childrenOf(devices, 'graphics').some((graphics) => attributeOf(graphics, 'type') === 'vnc')
}

/** `<model type='none'/>`: somebody has said that there is to be no picture. */
function refusesVideo(devices: XmlElement | undefined): boolean {
  return childrenOf(devices, 'video').some((video) => attributeOf(at(video, 'model'), 'type') === 'none')
}

function noVideo(name: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'machine.video-none',
    message: `${name} is defined to have no video device (model none), so a display would show nothing. Take that line out of its definition first.`,
    details: { name, expected: 'a video device', actual: 'none', reason: 'machine.video-none' },
  })
}
