import type { CloudId, MachineType, MigrationFinding } from '../../../../shared/model/index.ts'
import { hourlyPrices } from '../clouds/costs.ts'
import { finding, say } from '../say.ts'

export interface TypeQuestion {
  readonly cloud: CloudId
  readonly region: string
  readonly placeName: string
  /** Null: the smallest that will do. */
  readonly wished: string | null
  readonly vcpus: number
  readonly memoryKiB: number
  readonly isWindows: boolean
  /** Null: they could not be read, and `unread` says why. */
  readonly types: readonly MachineType[] | null
  readonly unread: string
}

export interface ChosenType {
  /** Null: none can be named, and a finding says why. */
  readonly type: string | null
  readonly findings: readonly MigrationFinding[]
}

const KIB_PER_GIB = 1_048_576

/** The type that the machine gets: the wished one, or the smallest with its processors and memory, the cheapest of several such. Only of x86. */
export async function chosenType(one: TypeQuestion): Promise<ChosenType> {
  const { wished, types, unread, placeName } = one
  if (types === null) {
    const params = { place: placeName, why: unread }
    if (wished !== null) {
      const reason = say('finding.types-unread', 'Whether {place} has that type is not known: its types could not be read. {why}', params)
      return { type: wished, findings: [finding('options', 'unknown', 'transfer.types-unread', reason)] }
    }
    const reason = say('finding.choose-type', 'Choose a type: those of {place} could not be read. {why}', params)
    return { type: null, findings: [finding('options', 'blocks', 'transfer.choose-type', reason)] }
  }
  return wished === null ? await smallest(one, types) : judged(one, wished, types)
}

async function smallest(one: TypeQuestion, types: readonly MachineType[]): Promise<ChosenType> {
  const { vcpus, memoryKiB, cloud, region, isWindows, placeName } = one
  const prices = await hourlyPrices(cloud, region, isWindows)
  const priceOf = ({ name }: MachineType) => prices.get(name) ?? Number.POSITIVE_INFINITY
  const fitting = types.filter((type) => isX86(type) && type.gpus === 0 && type.reason === null && fits(one, type))
  const [first] = fitting.toSorted(
    (a, b) => a.vcpus - b.vcpus || a.memoryKiB - b.memoryKiB || compared(priceOf(a), priceOf(b)) || a.name.localeCompare(b.name),
  )
  if (first) return { type: first.name, findings: [] }
  const params = { place: placeName, vcpus: String(vcpus), memory: gib(memoryKiB) }
  const reason = say(
    'finding.no-type',
    '{place} has no type with {vcpus} processors and {memory} of memory. Choose one, or make it smaller.',
    params,
  )
  return { type: null, findings: [finding('options', 'blocks', 'transfer.no-type', reason)] }
}

function judged(one: TypeQuestion, wished: string, types: readonly MachineType[]): ChosenType {
  const type = types.find(({ name }) => name === wished)
  const params = { type: wished, place: one.placeName }
  if (!type) {
    const reason = say('finding.type-unknown', '{place} has no type {type}. Choose another.', params)
    return { type: null, findings: [finding('options', 'blocks', 'transfer.type-unknown', reason)] }
  }
  if (!isX86(type)) {
    const reason = say(
      'finding.type-arch',
      '{type} is of another architecture ({arch}): the machine would not start there. Choose another.',
      {
        ...params,
        arch: type.arch ?? '',
      },
    )
    return { type: wished, findings: [finding('cpu', 'blocks', 'transfer.type-arch', reason)] }
  }
  if (type.reason !== null) {
    const reason = say('finding.type-refused', '{type} cannot be had at {place}: {why}', { ...params, why: type.reason })
    return { type: wished, findings: [finding('options', 'blocks', 'transfer.type-refused', reason)] }
  }
  if (fits(one, type)) return { type: wished, findings: [] }
  const reason = say(
    'finding.type-small',
    '{type} has {vcpus} processors and {memory} of memory; the machine has {own} and {ownMemory} here.',
    {
      ...params,
      vcpus: String(type.vcpus),
      memory: gib(type.memoryKiB),
      own: String(one.vcpus),
      ownMemory: gib(one.memoryKiB),
    },
  )
  return { type: wished, findings: [finding('memory', 'warns', 'transfer.type-small', reason)] }
}

/** Infinity less infinity is no number. */
function compared(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}

function fits({ vcpus, memoryKiB }: TypeQuestion, type: MachineType): boolean {
  return type.vcpus >= vcpus && type.memoryKiB >= memoryKiB
}

function isX86({ arch }: MachineType): boolean {
  return arch === null || !/arm|aarch64/i.test(arch)
}

function gib(memoryKiB: number): string {
  return `${Math.round((memoryKiB / KIB_PER_GIB) * 10) / 10} GiB`
}
