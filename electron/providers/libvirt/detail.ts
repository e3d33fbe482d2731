import type { MachineDetail } from '../../../shared/model/index.ts'
import { type CallOptions, constants, type DomainRef, type LibvirtHost } from '../../libvirt/index.ts'
import { readHardware } from './hardware.ts'

/** Hardware and definition of one machine, as the host has it now. */
export async function detailOf(host: LibvirtHost, dom: DomainRef, nowMs: number, options: CallOptions): Promise<MachineDetail> {
  const [{ xml }, { active }, { persistent }] = await Promise.all([
    host.call('domainGetXmlDesc', { dom, flags: 0 }, options),
    host.call('domainIsActive', { dom }, options),
    host.call('domainIsPersistent', { dom }, options),
  ])
  const inactive =
    active !== 0 && persistent !== 0
      ? await host.call('domainGetXmlDesc', { dom, flags: constants.VIR_DOMAIN_XML_INACTIVE }, options)
      : null
  return { hardware: readHardware(xml), xml, format: 'xml', inactiveXml: inactive?.xml ?? null, observedAtMs: nowMs }
}
