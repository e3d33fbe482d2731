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

/** What each model has that the one before it has not, of the features that guests are shown. */
const NEW_FEATURES: Readonly<Record<string, readonly string[]>> = {
  'Cascadelake-Server': ['avx512vnni'],
  'Icelake-Server': ['avx512vbmi', 'gfni', 'vaes', 'vpclmulqdq', 'la57'],
  SapphireRapids: ['amx-tile', 'amx-int8', 'avx512-fp16'],
  'EPYC-Rome': ['clwb', 'rdpid', 'wbnoinvd'],
  'EPYC-Milan': ['vaes', 'vpclmulqdq', 'pku', 'erms'],
  'EPYC-Genoa': ['avx512f', 'avx512vnni', 'la57'],
}
/** Of all models of a vendor. */
const VENDOR_FEATURES = { AMD: ['svm', 'sse4a', 'misalignsse'], Intel: ['vmx', 'pcid', 'hle'] } as const

function modelOf({ facts }: SimulatedHost): { readonly model: string; readonly vendor: 'AMD' | 'Intel' } {
  const model = MODELS.find(([says]) => facts.cpuModel?.includes(says))?.[1] ?? 'Cascadelake-Server'
  return { model, vendor: FAMILIES.AMD.includes(model) ? 'AMD' : 'Intel' }
}

/** Features of a guest with one host's processor that another host cannot give. */
export function missingFeatures(from: SimulatedHost, to: SimulatedHost): readonly string[] {
  const [had, has] = [modelOf(from), modelOf(to)]
  if (had.vendor !== has.vendor) return VENDOR_FEATURES[had.vendor]
  const family = FAMILIES[had.vendor]
  return family.slice(family.indexOf(has.model) + 1, family.indexOf(had.model) + 1).flatMap((model) => NEW_FEATURES[model] ?? [])
}

/** As libvirt's capabilities tell a host's processor. */
export function hostCpuOf(host: SimulatedHost): string {
  const { model, vendor } = modelOf(host)
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
