import type { MigrationFinding, MigrationSpec, TransferSource } from '../../../shared/model/index.ts'
import type { IncomingFacts, OutgoingFacts } from '../../providers/provider.ts'
import { finding, say } from './say.ts'

/** What a machine that is off does not need of the checks of a move: nothing goes from host to host, and nothing runs meanwhile. */
const ONLY_FOR_RUNNING: ReadonlySet<string> = new Set([
  'ports',
  'trust',
  'host-names',
  'bandwidth',
  'dirty-rate',
  'cache',
  'clock',
  'agent',
])

/** Of these another answer is given here. */
const SAID_HERE: ReadonlySet<string> = new Set(['snapshots', 'tpm'])

/** Of a disk, too, whatever a move of its own kind would say: the checks below know how this way goes. */
const CARRIED: ReadonlySet<string> = new Set(
  ['cold-running', 'disk-carried-whole', 'disk-in-no-pool', 'disk-not-whole', 'pool-no-folder', 'nvram-goes', 'nvram-stays'].map(
    (code) => `migration.finding.${code}`,
  ),
)

export function forCold(findings: readonly MigrationFinding[]): MigrationFinding[] {
  return findings.filter(({ check, reason }) => !ONLY_FOR_RUNNING.has(check) && !SAID_HERE.has(check) && !CARRIED.has(reason.code))
}

export interface ColdCase {
  readonly spec: MigrationSpec
  readonly source: TransferSource
  readonly out: OutgoingFacts
  readonly into: IncomingFacts
  readonly targetName: string
  /** Disks that stand on other images, by target. */
  readonly onOthers: ReadonlySet<string>
  /** Both hosts open folders, so that settings of a UEFI go along as a file. */
  readonly carriesNvram: boolean
  /** Why the source cannot make a disk whole; null: it can. */
  readonly noConversion: string | null
}

/** Pools whose volumes are files of one folder: a file of any format can lie there. */
const FOLDERS: ReadonlySet<string> = new Set(['dir', 'fs', 'netfs'])

export function coldFindings(one: ColdCase): MigrationFinding[] {
  return [...state(one), ...disks(one), ...pools(one), ...snapshots(one), ...leftBehind(one), ...twin(one)]
}

/** What of a machine that is off counts wherever it goes. */
export function sourceFindings(one: Pick<ColdCase, 'out' | 'source'>): MigrationFinding[] {
  return [...state(one), ...snapshots(one), ...leftBehind(one)]
}

function state({ out: { name, isRunning, isPersistent, hasManagedSave } }: Pick<ColdCase, 'out'>): MigrationFinding[] {
  if (isRunning) return [finding('busy', 'blocks', 'transfer.on', say('finding.on', '{name} is on. Shut it down first.', { name }))]
  if (!isPersistent) {
    return [
      finding(
        'busy',
        'blocks',
        'transfer.transient',
        say('finding.transient', '{name} is kept nowhere: there is no definition to move.', { name }),
      ),
    ]
  }
  if (!hasManagedSave) return [finding('busy', 'passed', 'transfer.off', say('finding.off', '{name} is off', { name }))]
  const reason = say('finding.saved', '{name} has a saved state, which stays behind. Start it and shut it down, or discard the state.', {
    name,
  })
  return [finding('busy', 'blocks', 'transfer.saved', reason)]
}

function disks({ spec, out, onOthers, noConversion }: ColdCase): MigrationFinding[] {
  return spec.disks.flatMap(({ target, how }): MigrationFinding[] => {
    const disk = out.disks.find((each) => each.target === target)
    if (how !== 'copy' || !disk) return []
    if (disk.pool === null || disk.volume === null) {
      const reason = say(
        'finding.in-no-pool',
        'The disk {target} ({path}) lies in no pool, so it cannot be read. Make a pool of its folder.',
        {
          target,
          path: disk.path ?? '',
        },
      )
      return [finding('disks', 'blocks', `transfer.in-no-pool:${target}`, reason)]
    }
    if (!onOthers.has(target)) return []
    if (noConversion !== null) {
      const reason = say('finding.no-flattening', 'The disk {target} stands on another image, and the source cannot make it whole: {why}', {
        target,
        why: noConversion,
      })
      return [finding('disks', 'blocks', `transfer.on-another:${target}`, reason)]
    }
    const reason = say(
      'finding.flattened',
      'The disk {target} stands on another image: a whole copy is made beside it first, which takes room there.',
      {
        target,
      },
    )
    return [finding('disks', 'warns', `transfer.on-another:${target}`, reason)]
  })
}

/** What is missing there, or taken, the checks of every move say. */
function pools({ spec, into, targetName }: ColdCase): MigrationFinding[] {
  const wanted = [...new Set(spec.disks.flatMap(({ how, pool }) => (how === 'copy' && pool !== null ? [pool] : [])))]
  return wanted.flatMap((name) => {
    const pool = into.pools.find((each) => each.name === name)
    if (!pool || FOLDERS.has(pool.type)) return []
    const reason = say('finding.no-folder', 'The pool {pool} ({type}) of {target} holds no files. Choose a pool that is a folder.', {
      pool: name,
      type: pool.type,
      target: targetName,
    })
    return [finding('pools', 'blocks', `transfer.no-folder:${name}`, reason)]
  })
}

function snapshots({ out, source }: Pick<ColdCase, 'out' | 'source'>): MigrationFinding[] {
  const { internal, external } = out.snapshots
  const count = internal + external + out.checkpoints
  if (count === 0) return [finding('snapshots', 'passed', 'transfer.no-snapshots', say('finding.no-snapshots', 'No snapshots'))]
  const params = { name: out.name, count: String(count) }
  if (source !== 'keep') {
    const reason = say(
      'finding.snapshots-in-the-way',
      '{name} has {count} snapshots or checkpoints, which cannot move. Delete them, or keep the machine at the source.',
      params,
    )
    return [finding('snapshots', 'blocks', 'transfer.snapshots', reason)]
  }
  const reason = say(
    'finding.snapshots-stay',
    'The {count} snapshots or checkpoints of {name} stay at the source: what moves is its state of now.',
    params,
  )
  return [finding('snapshots', 'warns', 'transfer.snapshots', reason)]
}

/** What lies on the host beside the disks. */
function leftBehind({
  out: { name, firmware, tpm },
  carriesNvram = false,
}: Pick<ColdCase, 'out'> & Partial<Pick<ColdCase, 'carriesNvram'>>): MigrationFinding[] {
  const found: MigrationFinding[] = []
  if (firmware?.nvram && firmware.hasNvram !== false && carriesNvram) {
    const reason = say('finding.nvram-goes', 'UEFI settings (boot entries, Secure Boot keys) go along')
    found.push(finding('firmware', 'passed', 'transfer.nvram-goes', reason, firmware.nvram))
  } else if (firmware?.nvram && firmware.hasNvram !== false) {
    const reason = say(
      'finding.nvram',
      'The firmware’s own settings of {name} (boot order, Secure Boot keys) stay at the source. It starts with new ones: a guest whose boot loader is not at the default place has to be chosen in the firmware’s menu once.',
      { name },
    )
    found.push(finding('firmware', 'warns', 'transfer.nvram', reason, firmware.nvram))
  }
  if (tpm?.backend === 'emulator') {
    const reason = say(
      'finding.tpm',
      'What the TPM of {name} keeps stays at the source. Have the recovery keys of encrypted disks (BitLocker, LUKS) at hand before it is started there.',
      { name },
    )
    found.push(finding('tpm', 'warns', 'transfer.tpm', reason))
  }
  return found
}

/** The same machine twice, in two places. */
function twin({ source, out: { name } }: ColdCase): MigrationFinding[] {
  if (source !== 'keep') return []
  const reason = say(
    'finding.kept',
    '{name} stays at the source as well, with the same addresses and identity. Never run both: delete one when you have seen the other work.',
    { name },
  )
  return [finding('identity', 'warns', 'transfer.kept', reason)]
}
