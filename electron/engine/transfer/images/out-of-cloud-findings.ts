import type { BuildFinding, Machine, MigrationCheck, MigrationFinding, TransferSpec, VolumePlace } from '../../../../shared/model/index.ts'
import { isBusyState } from '../../build/disk-step.ts'
import { finding, say } from '../say.ts'
import type { CloudDisk } from './cloud-disks.ts'

export interface OutCase {
  readonly machine: Machine
  readonly wish: TransferSpec
  readonly disks: readonly CloudDisk[]
  /** The disk it boots from is to stay. */
  readonly leftBoot: boolean
  readonly targetName: string
  readonly hostArch: string
  /** The host has no pool that holds files, and none was chosen. */
  readonly noPool: boolean
  readonly taken: readonly VolumePlace[]
  /** What system it is, is known and not guessed. */
  readonly isSure: boolean
  readonly osName: string
  readonly isWindows: boolean
  /** What the host says of a machine like it. */
  readonly said: readonly BuildFinding[]
}

/** What of a machine's way out of a cloud is seen from here; what the cloud itself says comes on top. */
export function outOfCloudFindings(one: OutCase): MigrationFinding[] {
  return [...state(one), ...disks(one), ...guest(one), ...one.said.map(saidByHost)]
}

function state({ machine, wish }: OutCase): MigrationFinding[] {
  const { name } = machine
  const isOn = isBusyState(machine.state)
  const found = isOn
    ? [
        finding(
          'busy',
          'blocks',
          'transfer.on',
          say('finding.stop-first', '{name} is on: what it writes would be torn. Stop it first.', { name }),
        ),
      ]
    : [finding('busy', 'passed', 'transfer.off', say('finding.off', '{name} is off', { name }))]
  if (wish.source !== 'keep') {
    const reason = say(
      'finding.cloud-keeps',
      'A machine in a cloud is not deleted by a move. Keep it, and delete it there when you have seen the other work.',
    )
    return [...found, finding('options', 'blocks', 'transfer.cloud-keeps', reason)]
  }
  const reason = say(
    'finding.kept-in-cloud',
    '{name} stays in the cloud as well, off, and its disks go on costing. Never run both: delete it there when you have seen the other work.',
    { name },
  )
  return [...found, finding('identity', 'warns', 'transfer.kept', reason)]
}

function disks({ machine, disks: going, leftBoot, noPool, taken, targetName }: OutCase): MigrationFinding[] {
  const params = { name: machine.name, target: targetName }
  return [
    ...(going.length === 0
      ? [
          finding(
            'disks',
            'blocks',
            'transfer.no-disks',
            say('finding.no-disks', '{name} has no disk of its own that could go along.', params),
          ),
        ]
      : []),
    ...(leftBoot
      ? [
          finding(
            'disks',
            'blocks',
            'transfer.boot-left',
            say('finding.boot-left', 'The disk that {name} boots from has to go along.', params),
          ),
        ]
      : []),
    ...(noPool
      ? [
          finding(
            'pools',
            'blocks',
            'transfer.no-pool',
            say('finding.no-pool', '{target} has no active pool that is a folder. Make one, or start it.', params),
          ),
        ]
      : []),
    ...taken.map(({ pool, volume }) =>
      finding(
        'pools',
        'blocks',
        `transfer.volume-taken:${pool}/${volume}`,
        say('finding.volume-taken', '{pool} of {target} has a volume {volume} already. Choose another name.', { ...params, pool, volume }),
      ),
    ),
  ]
}

function guest({ machine, hostArch, isSure, osName, isWindows, targetName }: OutCase): MigrationFinding[] {
  const arch = machine.cloud?.arch ?? null
  const params = { name: machine.name, os: osName, target: targetName }
  const drivers = isWindows
    ? say(
        'finding.back-windows',
        'Disks go to SATA and the card becomes an e1000e here: Windows has drivers for both, and for virtio it has none yet.',
        params,
      )
    : say(
        'finding.back-virtio',
        'Whether the guest has virtio’s drivers cannot be seen while it is off: nearly every Linux has them.',
        params,
      )
  return [
    ...(arch !== null && isOther(arch, hostArch)
      ? [
          finding(
            'cpu',
            'blocks',
            'transfer.arch',
            say('finding.back-arch', '{name} is built for {arch}, and {target} is {hostArch}.', { ...params, arch, hostArch }),
          ),
        ]
      : []),
    finding('disks', 'unknown', 'transfer.drivers', drivers),
    ...(isSure
      ? []
      : [
          finding(
            'options',
            'unknown',
            'transfer.os-guessed',
            say('finding.os-guessed', 'What system {name} has is not known: it is made as for {os}.', params),
          ),
        ]),
  ]
}

const NAMES: Readonly<Record<string, string>> = { amd64: 'x86_64', x64: 'x86_64', arm64: 'aarch64' }

function isOther(a: string, b: string): boolean {
  const plain = (arch: string) => NAMES[arch.toLowerCase()] ?? arch.toLowerCase()
  return plain(a) !== plain(b)
}

/** In the words of making a machine. */
function saidByHost({ code, severity, field, text, params }: BuildFinding): MigrationFinding {
  return finding(checkOf(code, field ?? ''), severity, `${code}:${field ?? ''}`, { code, text, params })
}

function checkOf(code: string, field: string): MigrationCheck {
  if (field === 'name') return 'name'
  if (code.startsWith('build.memory')) return 'memory'
  if (code.startsWith('build.pool')) return 'space'
  if (field.includes('nics')) return 'networks'
  if (field.includes('disks')) return 'disks'
  return 'options'
}
