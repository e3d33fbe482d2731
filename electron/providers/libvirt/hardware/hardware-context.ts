import { constants as c, type DomainRef } from '../../../libvirt/index.ts'
import { type ActContext, within } from '../act-context.ts'
import type { BalloonTargets } from './balloon.ts'
import { revisionOf } from './normal.ts'

/** What work on virtual hardware has of its link. */
export interface HardwareContext extends ActContext {
  readonly balloons: BalloonTargets
}

/** A machine's definitions as they are now, without passwords. */
export interface Definitions {
  /** Null: it is off. */
  readonly runningXml: string | null
  /** Null: it is transient. */
  readonly keptXml: string | null
  readonly revision: string
}

/** Throws LibvirtError (no domain). */
export async function readDefinitions(context: Pick<HardwareContext, 'host' | 'dom' | 'work'>): Promise<Definitions> {
  const { host, dom } = context
  const [{ persistent }, { active }] = await Promise.all([
    host.call('domainIsPersistent', { dom }, within(context)),
    host.call('domainIsActive', { dom }, within(context)),
  ])
  const [runningXml, keptXml] = await Promise.all([
    active === 0 ? null : xmlOf(context, dom, 0),
    persistent === 0 ? null : xmlOf(context, dom, c.VIR_DOMAIN_XML_INACTIVE),
  ])
  return { runningXml, keptXml, revision: revisionOf(runningXml, keptXml) }
}

/** The kept definition with the passwords that stand in it: what is defined without them has lost them. Never leaves this program. */
export function readWithSecrets(context: Pick<HardwareContext, 'host' | 'dom' | 'work'>, flags: number): Promise<string> {
  return xmlOf(context, context.dom, flags | c.VIR_DOMAIN_XML_SECURE)
}

async function xmlOf(context: Pick<HardwareContext, 'host' | 'work'>, dom: DomainRef, flags: number): Promise<string> {
  return (await context.host.call('domainGetXmlDesc', { dom, flags }, within(context))).xml
}
