import { z } from 'zod'
import {
  type DiskMove,
  diskMoveSchema,
  type MachineId,
  machineNameSchema,
  type NicMove,
  nicMoveSchema,
  TRANSFER_SOURCES,
  TRANSFER_WAYS,
  type TransferSource,
  type TransferSpec,
  type TransferWay,
  transferSpecSchema,
} from '../../../../shared/model/index.ts'

/** The wizard's parts, in their order. */
export const STEPS = ['target', 'ways', 'places', 'review'] as const
export type StepId = (typeof STEPS)[number]

const ownSchema = z.object({
  disks: z.array(diskMoveSchema).max(256).optional(),
  nics: z.array(nicMoveSchema).max(256).optional(),
  rename: machineNameSchema.optional(),
})
const cloudSchema = transferSpecSchema.shape.cloud.unwrap().unwrap()
export type CloudWish = z.infer<typeof cloudSchema>
export const NO_CLOUD_WISH: CloudWish = cloudSchema.parse({})

/** Everything that was chosen: it stands in the address, so that it can be sent to a colleague. What is not named is left to the engine. */
export interface Wish {
  readonly to: string | null
  readonly step: StepId
  /** Null: the best there is. */
  readonly way: TransferWay | null
  readonly source: TransferSource
  readonly disks: readonly DiskMove[]
  readonly nics: readonly NicMove[]
  readonly rename: string | null
  readonly cloud: CloudWish
  readonly region: string | null
}

function json(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Somebody may have typed the address: what is not right there is as if it were not there. */
export function readWish(search: URLSearchParams): Wish {
  const own = ownSchema.safeParse(json(search.get('own')) ?? {})
  const cloud = cloudSchema.safeParse(json(search.get('cloud')) ?? {})
  const { disks = [], nics = [], rename = null } = own.success ? own.data : {}
  const region = search.get('region')
  return {
    to: search.get('to'),
    step: STEPS.find((one) => one === search.get('step')) ?? 'target',
    way: TRANSFER_WAYS.find((one) => one === search.get('way')) ?? null,
    source: TRANSFER_SOURCES.find((one) => one === search.get('source')) ?? 'keep',
    disks,
    nics,
    rename,
    cloud: cloud.success ? cloud.data : NO_CLOUD_WISH,
    region: region !== null && region.length > 0 && region.length <= 64 ? region : null,
  }
}

export function writeWish({ to, step, way, source, disks, nics, rename, cloud, region }: Wish): URLSearchParams {
  const search = new URLSearchParams()
  if (to !== null) search.set('to', to)
  if (step !== 'target') search.set('step', step)
  if (way !== null) search.set('way', way)
  if (source !== 'keep') search.set('source', source)
  const own = { ...(disks.length > 0 && { disks }), ...(nics.length > 0 && { nics }), ...(rename !== null && { rename }) }
  if (Object.keys(own).length > 0) search.set('own', JSON.stringify(own))
  const chosen = Object.entries(cloud).filter(([key, value]) => value !== NO_CLOUD_WISH[key as keyof CloudWish])
  if (chosen.length > 0) search.set('cloud', JSON.stringify(Object.fromEntries(chosen)))
  if (region !== null) search.set('region', region)
  return search
}

/** What the engine is asked. `isCloud`: the target is a place of a cloud. */
export function specOf(wish: Wish, machineId: MachineId, targetHostId: string, isCloud: boolean): TransferSpec {
  const { source, disks, nics, rename, cloud, region } = wish
  return transferSpecSchema.parse({
    machineId,
    targetHostId,
    source,
    disks,
    nics,
    rename,
    ...(isCloud && { region, cloud: Object.values(cloud).some(Boolean) ? cloud : null }),
  })
}

/** Another target: what was chosen for the one before says nothing of it. */
export function withTarget(wish: Wish, to: string): Wish {
  return to === wish.to ? wish : { ...wish, to, way: null, disks: [], nics: [], cloud: NO_CLOUD_WISH, region: null }
}

/** The wish with what a finding's mend sets in its specification. */
export function withSet(wish: Wish, set: Readonly<Record<string, unknown>>): Wish {
  const { disks, nics, rename } = ownSchema.partial().safeParse(set).data ?? {}
  const moved = typeof set['targetHostId'] === 'string' ? withTarget(wish, set['targetHostId']) : wish
  return { ...moved, ...(disks && { disks }), ...(nics && { nics }), ...(rename !== undefined && { rename }) }
}

/** The disk as it is chosen now, in place of what was. */
export function withDisk(wish: Wish, disk: DiskMove): Wish {
  return { ...wish, disks: [...wish.disks.filter(({ target }) => target !== disk.target), disk] }
}

export function withNic(wish: Wish, nic: NicMove): Wish {
  return { ...wish, nics: [...wish.nics.filter(({ mac }) => mac !== nic.mac), nic] }
}
