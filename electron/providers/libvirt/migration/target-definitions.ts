import { constants as c } from '../../../libvirt/index.ts'
import type { MoveOrder } from '../../provider.ts'
import { within } from '../act-context.ts'
import { defaultNvram } from './firmware-choice.ts'
import type { MachineContext } from './migration-context.ts'
import { targetXmlOf } from './target-xml.ts'

/** What the target is told of a machine. */
export interface TargetDefinitions {
  readonly name: string
  readonly running: string
  /** For its next starts, of a machine that runs and is kept; null: the first is all there is. */
  readonly kept: string | null
  /** It has a definition of its own, which goes along. */
  readonly isPersistent: boolean
  /** A person has paused it: it stays so. */
  readonly isPaused: boolean
}

/** Read just before, with the passwords of its displays, which go to the other host and nowhere else. */
export async function targetDefinitions(context: MachineContext, { spec, files, nvram }: MoveOrder): Promise<TargetDefinitions> {
  const { host, dom } = context
  const secure = c.VIR_DOMAIN_XML_SECURE | c.VIR_DOMAIN_XML_MIGRATABLE
  const isCold = spec.mode === 'cold'
  const read = async (flags: number) => (await host.call('domainGetXmlDesc', { dom, flags }, within(context))).xml
  const [{ persistent }, { state, reason }] = await Promise.all([
    host.call('domainIsPersistent', { dom }, within(context)),
    host.call('domainGetState', { dom, flags: 0 }, within(context)),
  ])
  const isUsual = (path: string) => path === defaultNvram(spec.rename ?? dom.name)
  const running = await read(isCold ? secure | c.VIR_DOMAIN_XML_INACTIVE : secure)
  const kept = !isCold && persistent !== 0 ? await read(secure | c.VIR_DOMAIN_XML_INACTIVE) : null
  return {
    name: dom.name,
    running: targetXmlOf(running, spec, files, nvram === undefined ? null : { path: nvram, isUsual: isUsual(nvram) }),
    kept: kept === null ? null : targetXmlOf(kept, spec, files),
    isPersistent: persistent !== 0,
    isPaused: state === c.VIR_DOMAIN_PAUSED && reason !== c.VIR_DOMAIN_PAUSED_POSTCOPY_FAILED,
  }
}
