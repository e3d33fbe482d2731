import { toAppError } from '../../../../shared/errors/index.ts'
import type { CloudId, MigrationFinding, TransferSpec } from '../../../../shared/model/index.ts'
import type { CloudServices, ImportDisk, ImportedMachine } from '../../../providers/provider.ts'
import { keeperOf } from '../../build/disk-step.ts'
import type { PreflightPorts } from '../../migration/preflight.ts'
import { knownHost, linkTo, moverAt } from '../../migration/sides.ts'
import { CLOUD_NAMES, cloudName } from '../clouds/words.ts'
import { sourceFindings } from '../cold-findings.ts'
import { importsOf } from '../copy-cloud-ends.ts'
import { regionIn, type Worlds } from '../worlds.ts'
import { type ChosenType, chosenType } from './choose-type.ts'
import { type GoingDisk, goingDisks } from './going-disks.ts'
import { intoCloudFindings } from './into-cloud-findings.ts'

const READ_TIMEOUT_MS = 60_000

export interface LookedInto {
  readonly worlds: Worlds
  readonly cloud: CloudId
  readonly wish: TransferSpec
  readonly region: string
  readonly machine: Omit<ImportedMachine, 'disks'>
  readonly disks: readonly GoingDisk[]
  readonly imports: ReadonlyArray<ImportDisk & { readonly spot: NonNullable<ImportDisk['spot']> }>
  readonly findings: readonly MigrationFinding[]
}

/** Looks at the machine and at the account, and judges. Only reads. Throws `unreachable` link.not-live and what the hosts say. */
export async function lookIntoCloud(
  { inventory, links }: PreflightPorts,
  worlds: Worlds,
  cloud: CloudId,
  wish: TransferSpec,
  signal: AbortSignal,
): Promise<LookedInto> {
  const { machine: known, source, target } = worlds
  const call = { signal, timeoutMs: READ_TIMEOUT_MS }
  const link = linkTo(source, inventory, links)
  const keeper = keeperOf({ link })
  const account = linkTo(knownHost(target.id, inventory), inventory, links)
  const imports = importsOf(account)
  const out = await moverAt(source, link.migration).outgoing(known.nativeRef, call)
  const left = new Set(wish.disks.filter(({ how }) => how === 'leave').map(({ target: dev }) => dev))
  const wanted = out.disks.filter(({ target: dev }) => !left.has(dev))
  const going = await goingDisks(wanted, keeper, source.nativeRef, signal)
  const isWindows = /windows/i.test(known.os ?? '')
  const isUefi = out.firmware !== null
  const region = regionIn(wish, target)
  const wished = wish.cloud?.type ?? null
  const types = account.cloud ? await typesOf(account.cloud, target.nativeRef, signal) : { types: null, unread: '' }
  const size = { vcpus: out.vcpus, memoryKiB: out.memoryKiB }
  const chosen = await chosenType({ cloud, region, placeName: target.name, wished, isWindows, ...size, ...types })
  const name = cloudName(wish.rename ?? known.name)
  const spot = { subnetId: wish.cloud?.subnetId ?? null, zone: wish.cloud?.zone ?? null }
  const machine = {
    spec: {
      name,
      type: chosen.type ?? wished ?? 'TYPE',
      ...spot,
      groupIds: [],
      publicAddress: wish.cloud?.publicAddress ?? false,
      keyName: null,
      sshKey: null,
      user: null,
      tags: [],
    },
    isUefi,
    isWindows,
  }
  const sent = going.disks.map(({ target: dev, capacityBytes }, index) => ({
    target: dev,
    sizeBytes: capacityBytes,
    isBoot: index === 0,
    isUefi,
    isWindows,
    name: `${name}-${dev}`,
    spot,
  }))
  const abilities = going.disks.some(({ isPlain }) => !isPlain) ? await keeper.abilities(source.nativeRef, call) : null
  return {
    worlds,
    cloud,
    wish,
    region,
    machine,
    disks: going.disks,
    imports: sent,
    findings: [
      ...sourceFindings({ out, source: wish.source }),
      ...intoCloudFindings({
        name: known.name,
        cloudName: CLOUD_NAMES[cloud],
        cloud,
        wish,
        disks: going.disks,
        leftOut: going.leftOut,
        mostBytes: imports.mostBytes,
        noConversion: abilities?.convert?.text ?? null,
        roomIn: (pool) => roomIn(inventory, source.id, pool),
        isWindows,
      }),
      ...chosen.findings,
      ...(await cloudFindings(chosen, () => imports.check(target.nativeRef, machine, sent, call))),
    ],
  }
}

/** Without a type there is nothing to ask about. */
async function cloudFindings(
  { type }: ChosenType,
  check: () => Promise<readonly MigrationFinding[]>,
): Promise<readonly MigrationFinding[]> {
  return type === null ? [] : await check()
}

async function typesOf(cloud: CloudServices, placeRef: string, signal: AbortSignal) {
  try {
    return { types: await cloud.machineTypes(placeRef, null, { signal, timeoutMs: READ_TIMEOUT_MS }), unread: '' }
  } catch (thrown) {
    const error = toAppError(thrown)
    if (error.kind === 'cancelled') throw error
    return { types: null, unread: error.message }
  }
}

function roomIn(inventory: PreflightPorts['inventory'], hostId: string, name: string): number | null {
  for (const pool of inventory.all('pool')) if (pool.hostId === hostId && pool.name === name) return pool.availableBytes
  return null
}
