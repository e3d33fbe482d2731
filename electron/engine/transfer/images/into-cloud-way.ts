import type { TransferCost, TransferStep, TransferWayPlan } from '../../../../shared/model/index.ts'
import { computeCost, storageCost } from '../clouds/costs.ts'
import { differencesIn } from '../clouds/differences.ts'
import { CLOUD_NAMES, inConsole } from '../clouds/words.ts'
import { say } from '../say.ts'
import { intoCloudRequest, intoCloudTaskSchema } from './into-cloud-task.ts'
import type { LookedInto } from './look-into-cloud.ts'

/** Into a cloud by its interface for disks: one task does all of it. */
export async function intoCloudWay(looked: LookedInto): Promise<TransferWayPlan> {
  const { cloud, region, machine, disks, worlds, findings } = looked
  const { isWindows, isUefi, spec } = machine
  const size = { vcpus: worlds.machine.vcpus, memoryKiB: worlds.machine.memoryKiB }
  const { cost } = await computeCost({ cloud, region, ...size, isWindows, type: spec.type })
  const one = { name: spec.name, hostName: worlds.source.name, region, isWindows, isUefi, type: spec.type, disks: [] }
  return {
    way: 'image-import',
    done: 'task',
    obstacle: null,
    steps: stepsOf(looked),
    costs: [cost, storageCost(cloud, disks), onTheWay(looked)],
    differs: differencesIn(cloud, one).filter(({ topic }) => topic !== 'disk-format'),
    findings: [...findings],
  }
}

function stepsOf(looked: LookedInto): TransferStep[] {
  const { worlds, machine, cloud, wish } = looked
  const task = intoCloudTaskSchema.parse(intoCloudRequest(looked, true).plan)
  const cloudName = CLOUD_NAMES[cloud]
  const target = worlds.target.name
  return [
    inConsole('check', say('step.check-cloud', 'Look at the machine and at {target} once more', { target })),
    ...task.flattened.map(({ from, bytes }) =>
      inConsole(`plain-${from.volume}`, say('step.plain', 'Make a plain copy of {volume}, beside itself', { volume: from.volume }), bytes),
    ),
    ...task.copies.map(({ target: dev, allocationBytes }) =>
      inConsole(
        `send-${dev}`,
        say('step.send', 'Send the disk {disk} to {cloud}; each part is proven by a checksum', { disk: dev, cloud: cloudName }),
        allocationBytes,
      ),
    ),
    inConsole(
      'assemble',
      say('step.assemble', 'Make the machine {name} of them, as {type}', { name: machine.spec.name, type: machine.spec.type }),
    ),
    inConsole('verify', say('step.verify-cloud', 'Have {cloud} say that it is there, and see it here', { cloud: cloudName })),
    inConsole('sweep', say('step.sweep', 'Take away what {cloud} kept only on the way', { cloud: cloudName })),
    ...(task.flattened.length > 0 ? [inConsole('tidy', say('step.tidy-plain', 'Delete the plain copies at the source'))] : []),
    ...(wish.source === 'delete'
      ? [inConsole('seen', say('step.seen', 'Wait until {cloud} says that it runs', { cloud: cloudName }))]
      : []),
    ...(wish.source === 'keep' ? [] : [inConsole('retire', say('step.retire', 'Take the definition away at the source'))]),
    ...(wish.source === 'delete'
      ? task.own.map(({ pool, volume }) =>
          inConsole(`clean-${volume}`, say('step.clean', 'Delete {volume} at the source', { volume: `${pool}/${volume}` })),
        )
      : []),
  ]
}

/** The price lists have neither snapshots nor calls. */
function onTheWay({ cloud, disks }: LookedInto): TransferCost {
  const bytes = disks.reduce((sum, { allocationBytes }) => sum + allocationBytes, 0)
  const params = { cloud: CLOUD_NAMES[cloud], size: `${(bytes / 1_073_741_824).toFixed(1)} GiB` }
  const what =
    cloud === 'azure'
      ? say('cost.no-bucket', 'Nothing for the way in: the disk is uploaded in its place.', params)
      : say(
          'cost.snapshots',
          'Snapshots of about {size} until the machine is there, and the calls that fill them. Uploading is free.',
          params,
        )
  return { what, usdPerMonth: null, source: null }
}
