import { type HardwareEdit, hardwareReason, type IoLimits, type NicLimits } from '../../../../shared/model/index.ts'
import { constants as c, SCHEDULER_PARAMS, toTypedParams } from '../../../libvirt/index.ts'
import type { EditOf } from '../../hardware/index.ts'
import { change } from '../act-context.ts'
import { writeTree } from '../build/xml-tree.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'
import { runOf } from './balloon.ts'
import { bringsController, scsiController } from './controllers.ts'
import { DefinitionText } from './definition-text.ts'
import { addedDevice, changeDevice } from './device-trees.ts'
import { PERIOD_US, quotaOf } from './edited.ts'
import { type HardwareContext, readWithSecrets } from './hardware-context.ts'
import { refused } from './hardware-problems.ts'
import { cpuMap } from './id-list.ts'
import { IO_LIMIT_KEYS, IO_LIMITS } from './limits.ts'
import { unplug } from './removal.ts'
import { domainOf, type Situation } from './situation.ts'

const { VIR_DOMAIN_AFFECT_LIVE: LIVE } = c
/** Takes a limit of memory away (VIR_DOMAIN_MEMORY_PARAM_UNLIMITED). */
const UNLIMITED = 9_007_199_254_740_991n

/** Changes the machine that runs, by the call of libvirt that changes least. `judge` has said that it can be done. */
export async function changeLive(context: HardwareContext, edit: HardwareEdit, now: Situation): Promise<void> {
  const { dom } = context
  switch (edit.edit) {
    case 'setVcpus':
      await change(context, 'domainSetVcpusFlags', { dom, nvcpus: edit.vcpus, flags: LIVE })
      return
    case 'setMemory':
      await change(context, 'domainSetMemoryFlags', { dom, memory: BigInt(edit.memoryKiB), flags: LIVE })
      noteAsked(context, edit, now)
      return
    case 'setPinning':
      await pin(context, edit, now)
      return
    case 'setNuma': {
      const params = toTypedParams({ numa_nodeset: edit.nodes ?? undefined })
      await change(context, 'domainSetNumaParameters', { dom, params, flags: LIVE })
      return
    }
    case 'setTune':
      await tune(context, edit)
      return
    case 'addDisk':
    case 'addDrive':
    case 'addNic':
    case 'addHostDevice':
      if (bringsController(edit, domainOf(now, 'running'))) {
        await change(context, 'domainAttachDeviceFlags', { dom, xml: writeTree(scsiController()), flags: LIVE })
      }
      await attach(context, edit, now, LIVE)
      return
    case 'addDevice':
      await change(context, 'domainAttachDeviceFlags', { dom, xml: edit.xml, flags: LIVE })
      return
    case 'changeDisk':
      if (edit.limits) await limitDisk(context, edit.device, edit.limits, now, LIVE)
      return
    case 'setMedia':
      await changeMedia(context, edit, now)
      return
    case 'changeNic':
      if (isOnlyLimits(edit)) await limitNic(context, edit.device, edit.limits, now, LIVE)
      else await update(context, edit, now, LIVE)
      return
    case 'removeDevice':
      await unplug(context, edit.device)
      return
    case 'changeDevice':
      await change(context, 'domainUpdateDeviceFlags', { dom, xml: edit.xml, flags: LIVE })
      return
    case 'setCpu':
    case 'setBoot':
    case 'setDefinition':
    case 'resizeDisk':
      return
    default:
      edit satisfies never
  }
}

/** libvirt has told the guest, which takes its time or has no driver for it. */
export function noteAsked({ balloons, dom }: HardwareContext, { memoryKiB }: EditOf<'setMemory'>, { runningXml }: Situation): void {
  if (runningXml !== null) balloons.asked(dom.uuid, runOf(runningXml), memoryKiB)
}

/** Plugs a new device in; with CONFIG into the kept definition as well, in the same call. */
export async function attach(context: HardwareContext, edit: HardwareEdit, now: Situation, flags: number): Promise<void> {
  const device = addedDevice(edit, now.facts)
  if (device) await change(context, 'domainAttachDeviceFlags', { dom: context.dom, xml: writeTree(device), flags })
}

/** A device as it stands in the running definition, with what the edit changes. */
async function update(
  context: HardwareContext,
  edit: EditOf<'setMedia'> | EditOf<'changeNic'>,
  now: Situation,
  flags: number,
): Promise<void> {
  const device = new DefinitionText(await readWithSecrets(context, 0)).device(edit.device)
  if (!device || !changeDevice(device, edit, now.facts)) return
  await change(context, 'domainUpdateDeviceFlags', { dom: context.dom, xml: writeTree(device), flags })
}

/** What libvirt says of a tray that does not open, among other things (qemuDomainChangeEjectableMedia). */
const NOT_OPENED: ReadonlySet<number | undefined> = new Set([VIR_ERR.internalError, VIR_ERR.operationFailed, VIR_ERR.operationTimeout])

async function changeMedia(context: HardwareContext, edit: EditOf<'setMedia'>, now: Situation): Promise<void> {
  const { device, force } = edit
  const wasEmpty = now.running?.disks.find(({ key }) => key === device)?.source === null
  try {
    await update(context, edit, now, LIVE | (force ? c.VIR_DOMAIN_DEVICE_MODIFY_FORCE : 0))
  } catch (error) {
    if (force || wasEmpty || !NOT_OPENED.has(libvirtNumber(error))) throw error
    throw refused(hardwareReason('hardware.tray-locked', { device }), error)
  }
}

async function pin(context: HardwareContext, { vcpus, emulator }: EditOf<'setPinning'>, { facts }: Situation): Promise<void> {
  const { dom } = context
  for (const { vcpu, cpus } of vcpus) {
    await change(context, 'domainPinVcpuFlags', { dom, vcpu, cpumap: cpuMap(cpus, facts.hostCpus), flags: LIVE })
  }
  if (emulator !== undefined) await change(context, 'domainPinEmulator', { dom, cpumap: cpuMap(emulator, facts.hostCpus), flags: LIVE })
}

async function tune(context: HardwareContext, edit: EditOf<'setTune'>): Promise<void> {
  const { dom } = context
  const { cpuShares, cpuQuotaPercent: percent, memoryHardLimitKiB: hard, memorySoftLimitKiB: soft, ioWeight } = edit
  if (cpuShares !== undefined || percent !== undefined) {
    const quota = percent === undefined ? undefined : percent === null ? -1 : quotaOf(percent)
    const values = { cpu_shares: cpuShares ?? undefined, vcpu_period: quota === undefined ? undefined : PERIOD_US, vcpu_quota: quota }
    await change(context, 'domainSetSchedulerParametersFlags', { dom, params: toTypedParams(values, SCHEDULER_PARAMS), flags: LIVE })
  }
  if (hard !== undefined || soft !== undefined) {
    const limit = (kib: number | null | undefined) => (kib === undefined ? undefined : kib === null ? UNLIMITED : BigInt(kib))
    const params = toTypedParams({ hard_limit: limit(hard), soft_limit: limit(soft) })
    await change(context, 'domainSetMemoryParameters', { dom, params, flags: LIVE })
  }
  if (typeof ioWeight === 'number') {
    await change(context, 'domainSetBlkioParameters', { dom, params: toTypedParams({ weight: ioWeight }, { weight: 'uint' }), flags: LIVE })
  }
}

export async function limitDisk(context: HardwareContext, key: string, limits: IoLimits, now: Situation, flags: number): Promise<void> {
  const disk = (now.running ?? now.kept)?.disks.find((each) => each.key === key)?.target ?? ''
  const values = Object.fromEntries(IO_LIMIT_KEYS.map((limit) => [IO_LIMITS[limit], BigInt(limits[limit] ?? 0)]))
  await change(context, 'domainSetBlockIoTune', { dom: context.dom, disk, params: toTypedParams(values), flags })
}

export function isOnlyLimits({ linkUp, source, model, filter, limits }: EditOf<'changeNic'>): boolean {
  return limits !== undefined && [linkUp, source, model, filter].every((field) => field === undefined)
}

/** An average of 0 takes the limits of a direction away. */
async function limitNic(
  context: HardwareContext,
  key: string,
  limits: NicLimits | undefined,
  now: Situation,
  flags: number,
): Promise<void> {
  const device = now.running?.nics.find((each) => each.key === key)?.mac ?? ''
  const direction = (name: 'inbound' | 'outbound') => ({
    [`${name}.average`]: limits?.[name]?.averageKiBPerS ?? 0,
    [`${name}.peak`]: limits?.[name]?.peakKiBPerS ?? 0,
    [`${name}.burst`]: limits?.[name]?.burstKiB ?? 0,
  })
  const values = { ...direction('inbound'), ...direction('outbound') }
  const types = Object.fromEntries(Object.keys(values).map((name) => [name, 'uint' as const]))
  await change(context, 'domainSetInterfaceParameters', { dom: context.dom, device, params: toTypedParams(values, types), flags })
}
