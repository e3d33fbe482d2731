import { AppError } from '../../../../shared/errors/index.ts'
import {
  type EditTime,
  type HardwareEdit,
  type HardwareOptions,
  type HardwarePreview,
  type HardwareView,
  hardwareReason,
  memoryText,
  type Reason,
} from '../../../../shared/model/index.ts'
import type { Which } from '../../hardware/index.ts'
import type { ActOptions, CallOptions, HardwareEditor, ProbeAnswer } from '../../provider.ts'
import { isStubborn } from '../actions.ts'
import type { Carrier } from '../build/carrier.ts'
import { resizeVolume } from '../build/volume-work.ts'
import type { SimulatedMachine } from '../fleet.ts'
import type { World } from '../world.ts'
import { printTree } from './definition-tree.ts'
import { type Definitions, definitionsOf, keep, knowledgeOf } from './definitions.ts'
import { edited } from './edited.ts'
import { judge, splitNow } from './judge.ts'
import { pendingChanges } from './pending.ts'
import { readEditable } from './read-editable.ts'
import { hardwareOptionsOf, type Situation, situationOf } from './situation.ts'

/** How long a guest is given to let go of a device. */
const LET_GO_MS = 20_000

/** Changes made-up definitions by the rules of libvirt's QEMU driver, over one link. */
export class SimulatedHardware implements HardwareEditor {
  readonly #world: World
  readonly #carrier: Carrier

  constructor(world: World, carrier: Carrier) {
    this.#world = world
    this.#carrier = carrier
  }

  view(machineRef: string, options: CallOptions): Promise<HardwareView> {
    return this.#carrier.read(options, () => viewOf(this.#world, this.#world.machine(machineRef)))
  }

  options(machineRef: string, options: CallOptions): Promise<HardwareOptions> {
    return this.#carrier.read(options, () => hardwareOptionsOf(this.#world, this.#world.machine(machineRef)))
  }

  preview(machineRef: string, edit: HardwareEdit, options: CallOptions): Promise<HardwarePreview> {
    return this.#carrier.read(options, () => previewOf(situationOf(this.#world, this.#world.machine(machineRef), edit), edit))
  }

  apply(machineRef: string, edit: HardwareEdit, when: EditTime, revision: string, options: ActOptions): Promise<void> {
    return this.#carrier.command('machine.edit', options, async () => {
      const world = this.#world
      const machine = world.machine(machineRef)
      const { otherConsole } = world.config.faults
      if (otherConsole > 0 && world.random() < otherConsole) touch(world, machine)
      await applyEdit(world, machine, edit, when, revision)
    })
  }

  probe(machineRef: string, edit: HardwareEdit, when: EditTime, revision: string, options: CallOptions): Promise<ProbeAnswer> {
    return this.#carrier.read(options, () => {
      const machine = this.#world.machine(machineRef)
      const last = machine.edited?.last
      if (last && last.revision === revision && last.edit === JSON.stringify([edit, when])) return 'done'
      return definitionsOf(this.#world, machine).revision === revision ? 'not-done' : 'unknown'
    })
  }
}

function viewOf(world: World, machine: SimulatedMachine): HardwareView {
  const { running, kept, runningXml, keptXml, revision } = definitionsOf(world, machine)
  const known = knowledgeOf(world, machine)
  const [runs, next] = [running && readEditable(running, known), kept && readEditable(kept, known)]
  const pending = running && kept && runs && next ? pendingChanges(runs, next, { running, kept }) : []
  return { revision, running: runs, kept: next, runningXml, keptXml, pending, memoryAskedKiB: null, observedAtMs: world.clock.nowMs() }
}

function previewOf(now: Situation & { readonly definitions: Definitions }, edit: HardwareEdit): HardwarePreview {
  const possible = (which: Which) => {
    const reason = judge(edit, which, now)
    return reason ? ({ ok: false, reason } as const) : ({ ok: true } as const)
  }
  const changed = (which: Which, part = edit): HardwarePreview['kept'] => {
    const before = now.trees[which]
    if (!before || judge(part, which, now)) return null
    const texts = { before: `${printTree(before)}\n`, after: `${printTree(edited(before, part, now.facts))}\n` }
    return texts.before === texts.after ? null : texts
  }
  const [running, kept] = [possible('running'), possible('kept')]
  const warnings = running.ok || kept.ok ? warningsOf(now, edit) : []
  const split = kept.ok ? splitNow(edit, now) : null
  return {
    now: running,
    nextStart: kept,
    warnings,
    kept: changed('kept'),
    running: changed('running'),
    split: split && { now: [...split.fields], rest: [...split.rest], running: changed('running', split.now) },
  }
}

function warningsOf(now: Situation, edit: HardwareEdit): Reason[] {
  switch (edit.edit) {
    case 'setMemory': {
      const usedKiB = now.world.sample(now.machine, now.world.clock.nowMs())?.memoryUsedKiB ?? null
      if (usedKiB === null || edit.memoryKiB >= usedKiB) return []
      return [hardwareReason('hardware.memory-below-used', { used: memoryText(usedKiB) })]
    }
    case 'addHostDevice': {
      const device = now.options.hostDevices.find(({ name }) => name === edit.hostDevice)
      const mates = device?.groupMates.map(({ product, name }) => product ?? name) ?? []
      const isTaken = device?.kind === 'pci' && device.driver !== null && device.driver !== 'vfio-pci'
      return [
        ...(mates.length > 0 ? [hardwareReason('hardware.host-device-group', { devices: mates.join(', ') })] : []),
        ...(isTaken ? [hardwareReason('hardware.host-device-driver', { driver: device.driver ?? '' })] : []),
      ]
    }
    case 'resizeDisk':
      return [hardwareReason('hardware.guest-must-grow')]
    case 'removeDevice': {
      const disk = [...(now.kept?.disks ?? []), ...(now.running?.disks ?? [])].find(({ key }) => key === edit.device)
      return [
        ...(disk && disk.source !== null ? [hardwareReason('hardware.disk-stays', { source: disk.source })] : []),
        ...(now.kept?.boot.order.includes(edit.device) ? [hardwareReason('hardware.boots-from')] : []),
        ...(now.running ? [hardwareReason('hardware.guest-must-let-go')] : []),
      ]
    }
    default:
      return []
  }
}

function refused({ code, text, params }: Reason): AppError {
  return new AppError({ kind: 'precondition', code, message: text, details: { ...params, reason: code } })
}

function changedMeanwhile(name: string, { revision, keptXml, runningXml }: Definitions): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'hardware.changed-meanwhile',
    message: `${name} was changed meanwhile, by somebody else or by itself. Nothing was done: look at what changed, then edit it again.`,
    details: { name, revision, kept: keptXml, running: runningXml },
  })
}

/** Carries an edit out at the site. `revision` null: whoever does it does not look. */
export async function applyEdit(
  world: World,
  machine: SimulatedMachine,
  edit: HardwareEdit,
  when: EditTime,
  revision: string | null,
): Promise<void> {
  const now = situationOf(world, machine, edit)
  const { definitions } = now
  if (revision !== null && definitions.revision !== revision) throw changedMeanwhile(now.name, definitions)
  const [runs, starts] = [when !== 'next-start', when !== 'now']
  const live = when === 'split' ? (splitNow(edit, now)?.now ?? edit) : edit
  const reason = (runs ? judge(live, 'running', now) : null) ?? (starts ? judge(edit, 'kept', now) : null)
  if (reason) throw refused(reason)
  if (edit.edit === 'resizeDisk') {
    const disk = (now.running ?? now.kept)?.disks.find(({ key }) => key === edit.device)
    if (disk?.place) resizeVolume(world, machine.facts.hostRef, disk.place, edit.capacityBytes)
  }
  if (edit.edit === 'removeDevice' && runs) await letGo(world, machine, edit.device)
  const after = (which: Which, does: boolean) => {
    const before = now.trees[which]
    return before && does ? edited(before, which === 'running' ? live : edit, now.facts) : before
  }
  keep(world, machine, { running: after('running', runs), kept: after('kept', starts) })
  if (machine.edited) machine.edited = { ...machine.edited, last: { revision: definitions.revision, edit: JSON.stringify([edit, when]) } }
}

/** Guests that hear no request hear none to let go of a device. */
async function letGo(world: World, machine: SimulatedMachine, device: string): Promise<void> {
  if (!isStubborn(world, machine)) return
  await world.waitUntil(machine, (_machine, gone) => gone, { deadlineMs: LET_GO_MS })
  const { code, text, params } = hardwareReason('hardware.guest-holds', { name: machine.facts.name, device })
  throw new AppError({ kind: 'timeout', code, message: text, details: { ...params } })
}

/** Somebody at another console switches the boot menu on or off. */
function touch(world: World, machine: SimulatedMachine): void {
  const { kept } = definitionsOf(world, machine)
  if (!kept) return
  const { boot } = readEditable(kept, knowledgeOf(world, machine))
  const edit: HardwareEdit = { edit: 'setBoot', order: boot.order, menu: !boot.menu }
  const now = situationOf(world, machine, edit)
  keep(world, machine, { running: now.trees.running, kept: edited(kept, edit, now.facts) })
}
