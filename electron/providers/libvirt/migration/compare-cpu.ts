import { constants as c } from '../../../libvirt/index.ts'
import { at, attributeOf, childrenOf, parseXml } from '../../../xml/index.ts'
import type { IncomingFacts, OutgoingFacts } from '../../provider.ts'
import { toProblem } from '../problems.ts'
import type { MigrationContext } from './migration-context.ts'

/** Whether this host's emulator gives what the guest's CPU is, and the features by name that it does not. */
export async function compareCpu(
  { host, work }: MigrationContext,
  { xml, arch, machineType }: OutgoingFacts,
): Promise<Pick<IncomingFacts, 'cpuMissing' | 'cpuNote'>> {
  const cpu = at(parseXml(xml), 'cpu')
  const text = /<cpu[\s>][\s\S]*?<\/cpu>|<cpu[^>]*\/>/.exec(xml)?.[0]
  if (!cpu || text === undefined || attributeOf(cpu, 'mode') === null) return { cpuMissing: [], cpuNote: null }
  const args = { emulator: null, arch, machine: machineType, virttype: attributeOf(parseXml(xml), 'type'), xmlCPU: text }
  const bounds = { signal: work.signal }
  try {
    const { result } = await host.call('connectCompareHypervisorCpu', { ...args, flags: 0 }, bounds)
    if (result === c.VIR_CPU_COMPARE_IDENTICAL || result === c.VIR_CPU_COMPARE_SUPERSET) return { cpuMissing: [], cpuNote: null }
    const wanted = childrenOf(cpu, 'feature').filter(({ attributes: { policy } }) => policy === 'require' || policy === 'force')
    return { cpuMissing: wanted.flatMap(({ attributes: { name } }) => name ?? []), cpuNote: await whyNot() }
  } catch (error) {
    work.signal.throwIfAborted()
    return { cpuMissing: null, cpuNote: toProblem(error).message }
  }

  /** Asked to fail, libvirt names what is missing. */
  async function whyNot(): Promise<string | null> {
    const flags = c.VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE
    return await host.call('connectCompareHypervisorCpu', { ...args, flags }, bounds).then(
      () => null,
      (error: unknown) => toProblem(error).message,
    )
  }
}
