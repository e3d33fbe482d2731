import type { CloudId, Reason, TransferCost, TransferSpec, TransferStep, TransferWayPlan } from '../../../../shared/model/index.ts'
import { isBusyState } from '../../build/disk-step.ts'
import { finding, say } from '../say.ts'
import { regionIn, type Worlds } from '../worlds.ts'
import { awsImport } from './aws.ts'
import { azureImport } from './azure.ts'
import { computeCost, storageCost } from './costs.ts'
import { differencesIn } from './differences.ts'
import { googleImport } from './google.ts'
import type { ImportCase } from './import-case.ts'
import { byHandBecause, CLOUD_NAMES, cloudName } from './words.ts'

export interface ImportOrder {
  readonly worlds: Worlds
  readonly cloud: CloudId
  readonly spec: TransferSpec
  readonly disks: readonly SentDisk[]
  readonly isUefi: boolean
  /** There is no link to one of the two now: what the console could do there is not known. */
  readonly isAway: boolean
}

/** A disk that comes along. Null: not known. */
export interface SentDisk {
  readonly target: string
  /** On the host. */
  readonly path: string | null
  readonly format: string | null
  readonly capacityBytes: number | null
  readonly allocationBytes: number | null
}

const STEPS: Readonly<Record<CloudId, (one: ImportCase) => TransferStep[]>> = { aws: awsImport, azure: azureImport, gcp: googleImport }

/**
 * Into a cloud, by its own import of images, as a run-book with checks: where the console does not do it, and for whoever would rather do it by hand.
 */
export async function importWay({ worlds, cloud, spec, disks, isUefi, isAway }: ImportOrder): Promise<TransferWayPlan> {
  const { machine, source, target } = worlds
  const region = regionIn(spec, target)
  const isWindows = /windows/i.test(machine.os ?? '')
  const size = { vcpus: machine.vcpus, memoryKiB: machine.memoryKiB }
  const compute = await computeCost({ cloud, region, ...size, isWindows, type: spec.cloud?.type ?? undefined })
  const one: ImportCase = {
    name: cloudName(spec.rename ?? machine.name),
    hostName: source.name,
    region,
    isWindows,
    isUefi,
    type: compute.type,
    disks: disks.map(({ target: dev, path, format, capacityBytes, allocationBytes }) => ({
      target: dev,
      path: path ?? `DISK_${dev}`,
      format: format ?? 'raw',
      capacityBytes,
      allocationBytes,
    })),
  }
  const costs: TransferCost[] = [compute.cost, ...(disks.length > 0 ? [storageCost(cloud, disks), bucketCost(cloud, disks)] : [])]
  return {
    way: 'image-import',
    done: 'run-book',
    obstacle: null,
    steps: STEPS[cloud](one),
    costs,
    differs: differencesIn(cloud, one),
    findings: [...stateFindings(machine.name, machine.state), ...diskFindings(one, cloud), byHandBecause(CLOUD_NAMES[cloud], isAway)],
  }
}

function bucketCost(cloud: CloudId, disks: readonly SentDisk[]): TransferCost {
  const bytes = disks.reduce((sum, { allocationBytes }) => sum + (allocationBytes ?? 0), 0)
  const params = { cloud: CLOUD_NAMES[cloud], size: gib(bytes) }
  const what: Reason =
    cloud === 'azure'
      ? say('cost.no-bucket', 'Nothing for the way in: the disk is uploaded in its place.', params)
      : say('cost.bucket', 'Object storage for about {size} until the image is there. Uploading is free.', params)
  return { what, usdPerMonth: null, source: null }
}

function gib(bytes: number): string {
  return `${(bytes / 1_073_741_824).toFixed(1)} GiB`
}

function stateFindings(name: string, state: string) {
  if (!isBusyState(state)) return [finding('busy', 'passed', 'transfer.off', say('finding.off', '{name} is off', { name }))]
  return [finding('busy', 'blocks', 'transfer.on', say('finding.on', '{name} is on. Shut it down first.', { name }))]
}

/** What the interfaces take at most: AWS and Google 16 TiB and 2 TiB a boot disk of this kind, Azure 4 TiB for a disk a guest boots from. */
const MOST_BYTES: Readonly<Record<CloudId, number>> = { aws: 16, azure: 4, gcp: 2 }
const TIB = 1_099_511_627_776

function diskFindings({ disks }: ImportCase, cloud: CloudId) {
  const params = { cloud: CLOUD_NAMES[cloud], most: String(MOST_BYTES[cloud]) }
  if (disks.length === 0) {
    return [
      finding(
        'disks',
        'unknown',
        'transfer.disks-unknown',
        say('finding.disks-unknown', 'The disks are not known now: there is no link to the host. Open it and look again.'),
      ),
    ]
  }
  return disks.flatMap(({ target, capacityBytes }) => {
    if (capacityBytes === null || capacityBytes <= MOST_BYTES[cloud] * TIB) return []
    const reason = say(
      'finding.disk-too-large',
      'The disk {target} is larger than the {most} TiB that {cloud} takes for a disk to boot from. Make it smaller, or copy its files.',
      { ...params, target },
    )
    return [finding('disks', 'blocks', `transfer.disk-too-large:${target}`, reason)]
  })
}
