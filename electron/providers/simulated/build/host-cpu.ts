import { AppError } from '../../../../shared/errors/index.ts'
import type { MachineSpec } from '../../../../shared/model/index.ts'
import type { SimulatedHost } from '../fleet.ts'

/** Named models of a vendor, each a superset of the one before. */
const FAMILIES: Readonly<Record<'AMD' | 'Intel', readonly string[]>> = {
  AMD: ['EPYC', 'EPYC-Rome', 'EPYC-Milan', 'EPYC-Genoa'],
  Intel: ['Skylake-Server', 'Cascadelake-Server', 'Icelake-Server', 'SapphireRapids'],
}

export const CPU_MODELS: string[] = ['qemu64', 'kvm64', 'Nehalem', 'Haswell', ...FAMILIES.Intel, ...FAMILIES.AMD]

/** Of the processors that hosts of the fleet have. */
const MODELS: ReadonlyArray<readonly [says: string, model: string]> = [
  ['EPYC 9', 'EPYC-Genoa'],
  ['EPYC 7', 'EPYC-Milan'],
  ['Gold 63', 'Icelake-Server'],
  ['Gold 62', 'Cascadelake-Server'],
  ['D-27', 'Icelake-Server'],
  ['E-23', 'Icelake-Server'],
]

/** As libvirt's capabilities tell a host's processor. */
export function hostCpuOf({ facts }: SimulatedHost): string {
  const model = MODELS.find(([says]) => facts.cpuModel?.includes(says))?.[1] ?? 'Cascadelake-Server'
  const vendor = FAMILIES.AMD.includes(model) ? 'AMD' : 'Intel'
  return `<cpu><arch>x86_64</arch><model>${model}</model><vendor>${vendor}</vendor></cpu>`
}

function problem(kind: 'invalid-input' | 'unsupported', code: string, message: string): AppError {
  const details = kind === 'unsupported' ? { expected: 'one vendor', actual: 'several vendors', reason: message } : {}
  return new AppError({ kind, code, message, details, remote: { procedure: 'connectBaselineHypervisorCPU', message } })
}

/** The newest model that all of them have. Throws `unsupported` build.no-common-cpu, `invalid-input` build.bad-host-cpu. */
export function commonCpuOf(hostCpus: readonly string[]): Pick<MachineSpec['cpu'], 'model' | 'features'> {
  const models = hostCpus.map((each) => /<model>([\w-]+)<\/model>/.exec(each)?.[1] ?? '')
  const families = models.map((model) => Object.values(FAMILIES).find((family) => family.includes(model)))
  const family = families[0]
  if (!family || families.includes(undefined)) {
    throw problem('invalid-input', 'build.bad-host-cpu', 'One of these is no description of a host’s processor.')
  }
  if (families.some((each) => each !== family)) throw problem('unsupported', 'build.no-common-cpu', 'CPU vendors do not match')
  const lowest = Math.min(...models.map((model) => family.indexOf(model)))
  return { model: family[lowest], features: [] }
}
