import { hardwareReason, type Reason } from '../../../../shared/model/index.ts'
import { at, childrenOf } from '../../../xml/index.ts'
import type { EditOf } from '../../hardware/index.ts'
import { within } from '../act-context.ts'
import { findVolume } from '../disks.ts'
import type { HardwareContext } from './hardware-context.ts'
import { domainOf, type Situation } from './situation.ts'

/** The figure that a disk has now; null: the host does not tell. */
export async function capacityOf(context: HardwareContext, path: string): Promise<number | null> {
  const { host, dom, work } = context
  try {
    return Number((await host.call('domainGetBlockInfo', { dom, path, flags: 0 }, within(context))).capacity)
  } catch {
    work.signal.throwIfAborted()
    return null
  }
}

/** The volume behind a disk of the kept definition; null: there is none that libvirt's storage knows. */
export async function volumeOf(context: HardwareContext, device: string, now: Situation): ReturnType<typeof findVolume> {
  const target = now.kept?.disks.find(({ key }) => key === device)?.target
  const disks = childrenOf(at(domainOf(now, 'kept'), 'devices'), 'disk')
  return await findVolume(
    context,
    at(
      disks.find((disk) => at(disk, 'target')?.attributes.dev === target),
      'source',
    ),
  )
}

/** Why a disk cannot be given that size; null: it can. */
export async function judgeSize(
  context: HardwareContext,
  { device, capacityBytes }: EditOf<'resizeDisk'>,
  now: Situation,
): Promise<Reason | null> {
  const disk = (now.running ?? now.kept)?.disks.find(({ key }) => key === device)
  if (!disk?.source) return null
  const before = await capacityOf(context, disk.source)
  if (before !== null && capacityBytes < before) return hardwareReason('hardware.cannot-shrink')
  if (before === capacityBytes) return hardwareReason('hardware.nothing-changes')
  if (now.running) return null
  return (await volumeOf(context, device, now)) ? null : hardwareReason('hardware.nothing-to-resize', { device })
}
