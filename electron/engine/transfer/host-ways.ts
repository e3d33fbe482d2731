import type { TransferStep, TransferWayPlan } from '../../../shared/model/index.ts'
import { coldRequest, type LookedCold } from './look-transfer.ts'
import { say } from './say.ts'
import { transferTaskSchema } from './transfer-task.ts'
import type { Worlds } from './worlds.ts'

/** From host to host of one kind, through this console: one task does all of it. */
export function consoleWay(looked: LookedCold): TransferWayPlan {
  const { sides, findings } = looked
  const task = transferTaskSchema.parse(coldRequest(looked, true).plan)
  const target = sides.target.name
  const steps: TransferStep[] = [
    step('check', say('step.check', 'Look at both hosts once more')),
    ...task.flattened.map(({ from, bytes }) =>
      step(`flatten-${from.volume}`, say('step.flatten', 'Make {volume} whole, beside itself', { volume: from.volume }), bytes),
    ),
    ...task.copies.map(({ target: dev, from, to, allocationBytes }) =>
      step(
        `copy-${dev}`,
        say('step.copy', 'Copy {from} to {to} on {target}; what the target reads back is compared', {
          from: `${from.place.pool}/${from.place.volume}`,
          to: `${to.place.pool}/${to.place.volume}`,
          target,
        }),
        allocationBytes,
      ),
    ),
    ...(task.nvram
      ? [
          step(
            'copy-nvram',
            say('step.copy-nvram', 'Copy the settings of its UEFI to {target}: boot entries, Secure Boot keys', { target }),
          ),
        ]
      : []),
    step('define', say('step.define', 'Define the machine on {target}, off', { target })),
    step('verify', say('step.verify', 'Have {target} say that it is there', { target })),
    ...(task.flattened.length > 0 ? [step('tidy', say('step.tidy', 'Delete the whole copies at the source'))] : []),
    ...(task.source === 'keep' ? [] : [step('retire', say('step.retire', 'Take the definition away at the source'))]),
    ...(task.source === 'delete' && task.nvram
      ? [step('clean-nvram', say('step.clean-nvram', 'Delete the settings of its UEFI at the source'))]
      : []),
    ...(task.source === 'delete'
      ? task.own.map((place) =>
          step(`clean-${place.volume}`, say('step.clean', 'Delete {volume} at the source', { volume: `${place.pool}/${place.volume}` })),
        )
      : []),
  ]
  return { way: 'console', done: 'task', obstacle: null, steps, costs: [], differs: [], findings: [...findings] }
}

/** As an OVA: by the export of one host and the import of another, of whatever kind. */
export function packageWay({ machine, source, target }: Worlds): TransferWayPlan {
  const { name } = machine
  return {
    way: 'package',
    done: 'elsewhere',
    obstacle: null,
    steps: [
      step(
        'export',
        say('step.export', 'Export {name} from {source} as an OVA (Export, in its menu) and download it', { name, source: source.name }),
      ),
      step('upload', say('step.upload', 'Upload the package to a pool of {target}', { target: target.name })),
      step('import', say('step.import', 'Import it there: its checksums are compared first', { target: target.name })),
    ],
    costs: [],
    differs: [
      { topic: 'identity', reason: say('differs.package-identity', 'It gets a new UUID and new card addresses.') },
      {
        topic: 'disk-format',
        reason: say('differs.package-disks', 'Disks are converted twice, to VMDK and back. What they stand on is in them then.'),
      },
      { topic: 'firmware', reason: say('differs.package-firmware', 'Settings of the firmware and of a TPM stay behind.') },
      { topic: 'snapshots', reason: say('differs.snapshots', 'Snapshots stay behind.') },
    ],
    findings: [],
  }
}

function step(id: string, what: TransferStep['what'], bytes: number | null = null): TransferStep {
  return { id, what, by: 'console', command: null, check: null, bytes }
}
