import { z } from 'zod'
import type { MachineSpec } from '../../../../shared/model/index.ts'
import { type CallOptions, constants as c, type LibvirtHost } from '../../../libvirt/index.ts'
import { childrenOf, parseXml, textOf, type XmlElement } from '../../../xml/index.ts'
import { invalid, isUnsupported, libvirtNumber, VIR_ERR } from '../problems.ts'
import { readAbilities } from './abilities.ts'
import { mixedArchitectures, noCommonCpu } from './problems.ts'
import { child, element, parseTree, type Tree, textElement, writeTree } from './xml-tree.ts'

/** A host's processor as it travels to the host that compares it with others. */
const hostCpuSchema = z.object({
  arch: z.string(),
  virtType: z.string(),
  /** What its emulator gives under `host-model`, as the `<cpu>` of a guest; null: libvirt does not tell. */
  guest: z.string().nullable(),
  /** What libvirt detected, as the `<cpu>` of a host; for libvirt before 4.4. */
  host: z.string().nullable(),
})
type HostCpu = z.infer<typeof hostCpuSchema>

/** Text for {@link commonCpu}. */
export async function hostCpu(host: LibvirtHost, options: CallOptions): Promise<string> {
  const [{ capabilities }, { capabilities: domain }] = await Promise.all([
    host.call('connectGetCapabilities', {}, options),
    readAbilities(host, null, options),
  ])
  const own = child(parseTree(capabilities), 'host', 'cpu')
  const cpu: HostCpu = {
    arch: domain.arch,
    virtType: domain.virtType,
    guest: domain.hostModel ? guestCpu(domain.hostModel) : null,
    host: own && child(own, 'model') ? writeTree(own) : null,
  }
  return JSON.stringify(cpu)
}

/** `<mode name='host-model'>` of the domain capabilities holds what stands in the `<cpu>` of a guest. */
function guestCpu(hostModel: XmlElement): string {
  const model = textOf(hostModel, 'model')?.trim() ?? ''
  const vendor = textOf(hostModel, 'vendor')?.trim()
  const features = childrenOf(hostModel, 'feature').map(({ attributes }) =>
    element('feature', { policy: attributes.policy ?? 'require', name: attributes.name }),
  )
  const parts: Tree[] = [
    textElement('model', model, { fallback: 'forbid' }),
    ...(vendor ? [textElement('vendor', vendor)] : []),
    ...features,
  ]
  return writeTree(element('cpu', { mode: 'custom', match: 'exact' }, ...parts))
}

/**
 * What all of them can give, without what keeps a running machine from moving. The emulator's own answer counts (libvirt 4.4 and later),
 * else what libvirt knows of the bare processors. Throws `precondition` build.cpu-architectures-differ, `unsupported` build.no-common-cpu,
 * `invalid-input` build.bad-host-cpu.
 */
export async function commonCpu(
  host: LibvirtHost,
  texts: readonly string[],
  options: CallOptions,
): Promise<Pick<MachineSpec['cpu'], 'model' | 'features'>> {
  const cpus = texts.map(parseHostCpu)
  const architectures = [...new Set(cpus.map(({ arch }) => arch))]
  if (architectures.length > 1) throw mixedArchitectures(architectures)
  try {
    return choiceOf(await baseline(host, cpus, options))
  } catch (error) {
    if (!isUnsupported(error) && libvirtNumber(error) !== VIR_ERR.operationFailed) throw error
    throw noCommonCpu(error)
  }
}

/** Throws `invalid-input` build.bad-host-cpu: it comes from another kind of host. */
function parseHostCpu(text: string): HostCpu {
  const parsed = hostCpuSchema.safeParse(toJson(text))
  if (parsed.success) return parsed.data
  throw invalid('build.bad-host-cpu', 'One of these is no description of a host’s processor.')
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function baseline(host: LibvirtHost, cpus: readonly HostCpu[], options: CallOptions): Promise<string> {
  const guests = cpus.flatMap(({ guest }) => guest ?? [])
  const flags = c.VIR_CONNECT_BASELINE_CPU_MIGRATABLE
  if (guests.length === cpus.length) {
    try {
      const arch = cpus[0]?.arch ?? null
      // Where one of them has no KVM, the machine is emulated wherever it goes.
      const virttype = cpus.every(({ virtType }) => virtType === 'kvm') ? 'kvm' : 'qemu'
      const args = { emulator: null, arch, machine: null, virttype, xmlCPUs: guests, flags }
      return (await host.call('connectBaselineHypervisorCpu', args, options)).cpu
    } catch (error) {
      if (!isUnsupported(error)) throw error
    }
  }
  const hosts = cpus.flatMap((cpu) => cpu.host ?? [])
  if (hosts.length < cpus.length) throw noCommonCpu()
  return (await host.call('connectBaselineCpu', { xmlCPUs: hosts, flags }, options)).cpu
}

function choiceOf(xml: string): Pick<MachineSpec['cpu'], 'model' | 'features'> {
  const cpu = parseXml(xml)
  const model = textOf(cpu, 'model')?.trim()
  if (!model) throw noCommonCpu()
  const features = childrenOf(cpu, 'feature').flatMap(({ attributes: { name, policy } }) =>
    name === undefined ? [] : [{ name, policy: policy === 'disable' || policy === 'forbid' ? ('disable' as const) : ('require' as const) }],
  )
  return { model, features }
}
