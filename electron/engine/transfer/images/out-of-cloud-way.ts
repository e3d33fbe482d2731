import type { TransferStep, TransferWayPlan } from '../../../../shared/model/index.ts'
import { differencesBack } from '../clouds/export-way.ts'
import { CLOUD_NAMES, inConsole } from '../clouds/words.ts'
import { say } from '../say.ts'
import type { LookedOut } from './look-out-of-cloud.ts'

/** Out of a cloud by its interface for disks, to a host: one task does all of it. */
export function outOfCloudWay(looked: LookedOut): TransferWayPlan {
  const { cloud, disks, findings } = looked
  const bytes = disks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const params = { cloud: CLOUD_NAMES[cloud], size: String(Math.ceil(bytes / 1_073_741_824)) }
  return {
    way: 'image-export',
    done: 'task',
    obstacle: null,
    steps: stepsOf(looked),
    costs: [
      {
        what: say('cost.egress', 'Traffic out of {cloud}: up to {size} GiB. Its calculator has the price.', params),
        usdPerMonth: null,
        source: null,
      },
      {
        what: say(
          'cost.frozen',
          'Copies of its disks that stand still, up to {size} GiB, until each is read, and the calls that read them.',
          params,
        ),
        usdPerMonth: null,
        source: null,
      },
    ],
    differs: [
      ...differencesBack(params),
      {
        topic: 'firmware',
        reason: say('differs.back-firmware', 'BIOS or UEFI: what its first disk starts by. UEFI begins with new settings.'),
      },
      { topic: 'disk-format', reason: say('differs.back-format', 'Disks are raw here, with holes where nothing was written.') },
      { topic: 'snapshots', reason: say('differs.snapshots', 'Snapshots stay behind.') },
    ],
    findings: [...findings],
  }
}

function stepsOf({ worlds, cloud, disks, places, name }: LookedOut): TransferStep[] {
  const target = worlds.target.name
  const cloudName = CLOUD_NAMES[cloud]
  return [
    inConsole('check', say('step.check-cloud', 'Look at the machine and at {target} once more', { target })),
    ...disks.map(({ target: disk }) =>
      inConsole(
        `freeze-${disk}`,
        say('step.freeze', 'Have {cloud} make a copy of the disk {disk} that stands still', { cloud: cloudName, disk }),
      ),
    ),
    ...disks.map(({ target: disk, sizeBytes }, index) => {
      const place = places[index]
      const to = place ? `${place.pool}/${place.volume}` : '?'
      return inConsole(
        `copy-${disk}`,
        say('step.fetch-disk', 'Read the disk {disk} into {to} on {target}; what the target reads back is compared', { disk, to, target }),
        sizeBytes || null,
      )
    }),
    inConsole('define', say('step.define-as', 'Define {name} on {target}, off', { name, target })),
    inConsole('verify', say('step.verify', 'Have {target} say that it is there', { target })),
  ]
}
