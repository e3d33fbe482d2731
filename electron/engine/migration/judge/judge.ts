import type {
  DiskMove,
  MigrationCheck,
  MigrationFinding,
  MigrationMeasure,
  MigrationMend,
  MigrationPrediction,
  MigrationSpec,
  NicMove,
} from '../../../../shared/model/index.ts'
import type { IncomingFacts, OutgoingDisk, OutgoingFacts } from '../../../providers/provider.ts'
import type { Carried } from '../carried.ts'
import type { WritesThen } from '../writes/writes-then.ts'
import { FINDING_WORDS, type FindingCode, filled, MEND_WORDS, type MendCode } from './words.ts'

/** What a move is judged by: facts of both ends, the filled wish, and what only the console knows. */
export interface Case {
  readonly spec: MigrationSpec
  /** As it was asked for. */
  readonly wished: MigrationSpec
  readonly out: OutgoingFacts
  readonly into: IncomingFacts
  /** Of disks that go through this console; null: the hypervisor itself copies what is copied. */
  readonly carried: Carried | null
  /** Both hosts can be told of snapshots, and forget them. */
  readonly recallsSnapshots: boolean
  readonly sourceName: string
  readonly targetName: string
  readonly isSameHost: boolean
  /** The kind of the unfinished task that holds the machine. */
  readonly busyWith: string | undefined
  readonly isTargetInMaintenance: boolean
  readonly prediction: MigrationPrediction | null
  /** The newest measurement; null: none yet. */
  readonly measured: MigrationMeasure | null
  /** What it writes at its time, beside what is usual; null: not known, or nothing. */
  readonly writing: WritesThen | null
  /** Pools and networks of the source that can be made alike at the target, by name, with what they are. */
  readonly sourcePools: ReadonlyMap<string, string>
  readonly sourceNetworks: ReadonlyMap<string, string>
}

export type Verdict = Omit<MigrationFinding, 'check'>
/** One check of the list: what was looked at and found right is said as well. None: what it is about is not known, and is no trouble as a rule. */
export type Check = (one: Case) => readonly Verdict[]
export type OfferedMend = MigrationFinding['mends'][number]

export interface VerdictMore {
  /** What makes the id of a finding that there may be several of: a disk, a pool. */
  readonly about?: string
  readonly params?: Readonly<Record<string, string>>
  readonly facts?: string | null
  readonly mends?: readonly OfferedMend[]
}

export function blocks(code: FindingCode, more: VerdictMore = {}): Verdict {
  return verdict('blocks', code, more)
}

export function warns(code: FindingCode, more: VerdictMore = {}): Verdict {
  return verdict('warns', code, more)
}

export function passes(code: FindingCode, more: VerdictMore = {}): Verdict {
  return verdict('passed', code, more)
}

/** It could not be looked at. */
export function unknown(code: FindingCode, more: VerdictMore = {}): Verdict {
  return verdict('unknown', code, more)
}

/** Its id is the code, and what it is about: the same fact has the same id in the next look. */
export function verdict(severity: MigrationFinding['severity'], code: FindingCode, more: VerdictMore): Verdict {
  const { about, params = {}, facts = null, mends = [] } = more
  return {
    id: about === undefined ? code : `${code}:${about}`,
    severity,
    reason: { code: `migration.finding.${code}`, text: filled(FINDING_WORDS[code], params), params: { ...params } },
    facts,
    mends: [...mends],
  }
}

export function mend(code: MendCode, one: MigrationMend, params: Readonly<Record<string, string>> = {}): OfferedMend {
  return { label: { code: `migration.mend.${code}`, text: filled(MEND_WORDS[code], params), params: { ...params } }, mend: one }
}

/** A mend that changes the wish alone. */
export function wish(code: MendCode, set: Partial<MigrationSpec>, params: Readonly<Record<string, string>> = {}): OfferedMend {
  return mend(code, { mend: 'spec', set: JSON.parse(JSON.stringify(set)) }, params)
}

/** The wish with one disk going another way. */
export function otherDisk({ disks }: MigrationSpec, target: string, change: Partial<DiskMove>): Pick<MigrationSpec, 'disks'> {
  return { disks: disks.map((disk) => (disk.target === target ? { ...disk, ...change } : disk)) }
}

export function otherNic({ nics }: MigrationSpec, mac: string, on: NicMove['on']): Pick<MigrationSpec, 'nics'> {
  return { nics: nics.map((nic) => (nic.mac === mac ? { mac, on } : nic)) }
}

/** Disks that a machine keeps its data on, with how each goes; media in drives are looked at by themselves. */
export function diskMoves({
  spec,
  out,
}: Pick<Case, 'spec' | 'out'>): ReadonlyArray<{ readonly disk: OutgoingDisk; readonly move: DiskMove }> {
  return out.disks.flatMap((disk) => {
    const move = spec.disks.find(({ target }) => target === disk.target)
    return disk.device === 'cdrom' || disk.device === 'floppy' || !move ? [] : [{ disk, move }]
  })
}

export interface Copy {
  readonly disk: OutgoingDisk
  readonly pool: string
  readonly volume: string
}

/** Disks that are copied, and where to. Those without a place are not among them. */
export function copiesOf(one: Pick<Case, 'spec' | 'out'>): readonly Copy[] {
  return diskMoves(one).flatMap(({ disk, move }) => {
    const pool = move.pool ?? disk.pool
    const volume = move.volume ?? disk.volume
    return move.how === 'copy' && pool !== null && volume !== null ? [{ disk, pool, volume }] : []
  })
}

/** Its memory goes to the target while it runs or stands still. */
export function sendsMemory({ spec, out }: Pick<Case, 'spec' | 'out'>): boolean {
  return out.isRunning && spec.mode !== 'cold'
}

/** Runs the checks in their order. Of a move to where it is already there is nothing else to say. */
export function judged(checks: ReadonlyArray<readonly [MigrationCheck, Check]>, one: Case): MigrationFinding[] {
  const looked = one.isSameHost ? checks.filter(([check]) => check === 'same-host') : checks
  return looked.flatMap(([check, look]) => look(one).map((found) => ({ ...found, check })))
}
