import { type HypervisorAction, type MachineAction, needHypervisorAction } from '../../../shared/model/index.ts'
import type { MachineFacts } from '../provider.ts'
import { addressesOnceUp, missingNetwork } from './build/first-boot.ts'
import type { WorkOptions } from './build/timed-work.ts'
import { displaysOf } from './consoles/displays.ts'
import { planDeletion } from './deletion-plan.ts'
import { checkpointsOf, nvramOf } from './disks.ts'
import { holdsMemory, type SimulatedMachine } from './fleet.ts'
import * as problems from './problems.ts'
import { share } from './random.ts'
import type { World } from './world.ts'

type State = MachineFacts['state']
type Of<A extends MachineAction['action']> = Extract<MachineAction, { action: A }>
type Perform<A extends MachineAction['action']> = (
  world: World,
  machine: SimulatedMachine,
  action: Of<A>,
  options: WorkOptions,
) => Promise<void> | void

const PROGRESS_EVERY_MS = 250
/** A guest that has not restarted by then does not listen. */
const REBOOT_MS = 120_000

function need(machine: SimulatedMachine, ...states: readonly State[]): void {
  if (!states.includes(machine.facts.state)) throw problems.wrongState(machine, states)
}

function needPersistent(machine: SimulatedMachine): void {
  if (!machine.facts.persistent) throw problems.transient(machine)
}

function isOff(machine: SimulatedMachine, gone: boolean): boolean {
  return gone || !holdsMemory(machine.facts.state)
}

/** Guests of a kind need a time of their own; two of the same kind differ a little. */
function takes(machine: SimulatedMachine, fromMs: number, toMs: number): number {
  return fromMs + share(machine.salt, machine.boots, fromMs) * (toMs - fromMs)
}

/** Runs when this life of the machine has lasted `guestMs` and nobody has changed its state. */
function whileStill(world: World, machine: SimulatedMachine, state: State, guestMs: number, run: () => void): void {
  const { boots } = machine
  world.later(guestMs, () => {
    if (machine.boots === boots && machine.facts.state === state && world.fleet.machines.has(machine.ref)) run()
  })
}

/** From the moment the CPUs run until the guest agent answers, and a machine that was built here has its address. */
function agentComes(world: World, machine: SimulatedMachine): void {
  if (machine.shape && !machine.shape.hasSystem) return
  const addresses = addressesOnceUp(world, machine)
  if (addresses)
    whileStill(world, machine, 'running', takes(machine, 2_000, 8_000), () => world.update(machine, { addresses: [...addresses] }))
  if (machine.facts.agent !== 'none')
    whileStill(world, machine, 'running', takes(machine, 4_000, 15_000), () => world.update(machine, { agent: 'connected' }))
}

export function freeKiBOf(world: World, hostRef: string): number {
  const host = world.host(hostRef)
  return (host.facts.memoryKiB ?? 0) - host.usedKiB
}

function boot(world: World, machine: SimulatedMachine, nativeState: string): void {
  const freeKiB = freeKiBOf(world, machine.facts.hostRef)
  if (freeKiB < machine.facts.memoryKiB) throw problems.memoryShort(machine, freeKiB)
  const missing = missingNetwork(world, machine)
  if (missing !== null) throw problems.startRefused(machine, missing)
  world.enter(machine, 'starting')
  // a saved machine comes back with the hardware that it was saved with
  if (machine.facts.hasManagedSave) world.update(machine, { hasManagedSave: false })
  else if (machine.addedDisplay) machine.addedDisplay = 'there'
  whileStill(world, machine, 'starting', takes(machine, 1_200, 4_500), () => {
    world.enter(machine, 'running', nativeState)
    world.tell('machine.started', machine, `${machine.facts.name} started.`)
    agentComes(world, machine)
  })
}

async function waitForBoot(world: World, machine: SimulatedMachine, action: string, options: WorkOptions): Promise<void> {
  await world.waitUntil(machine, (m, gone) => gone || m.facts.state !== 'starting', options)
  if (!world.fleet.machines.has(machine.ref) || !holdsMemory(machine.facts.state)) throw problems.interrupted(machine, action)
}

const start: Perform<'start'> = async (world, machine, _action, options) => {
  need(machine, 'stopped', 'crashed', 'saved')
  boot(world, machine, machine.facts.hasManagedSave ? 'running (restored)' : 'running (booted)')
  await waitForBoot(world, machine, 'start', options)
}

/** Guests of the stubborn share hear no request to shut down or restart. */
export function isStubborn(world: World, machine: SimulatedMachine): boolean {
  return share(machine.salt, 111) < world.config.stubbornShare
}

const shutdown: Perform<'shutdown'> = async (world, machine, action, options) => {
  need(machine, 'running', 'stopping')
  if (action.method === 'agent' && machine.facts.agent !== 'connected') throw problems.agentSilent(machine)
  if (machine.facts.state === 'running' && !isStubborn(world, machine)) beginShutdown(world, machine)
  options.onProgress?.({ note: 'waiting-for-guest' })
  const met = await world.waitUntil(machine, isOff, { signal: options.signal, deadlineMs: action.deadlineMs })
  if (!met) throw problems.shutdownIgnored(machine, action.deadlineMs)
}

/** The guest closes its services and turns itself off. */
export function beginShutdown(world: World, machine: SimulatedMachine): void {
  world.enter(machine, 'stopping')
  whileStill(world, machine, 'stopping', takes(machine, 2_500, 14_000), () => {
    world.tell('machine.stopped', machine, `${machine.facts.name} shut down.`)
    world.enter(machine, 'stopped', 'shut off (shutdown)')
  })
}

const reboot: Perform<'reboot'> = async (world, machine, action, options) => {
  need(machine, 'running')
  if (action.method === 'agent' && machine.facts.agent !== 'connected') throw problems.agentSilent(machine)
  const { boots } = machine
  options.onProgress?.({ note: 'waiting-for-guest' })
  if (!isStubborn(world, machine)) whileStill(world, machine, 'running', takes(machine, 2_500, 9_000), () => restartGuest(world, machine))
  const met = await world.waitUntil(machine, (m, gone) => gone || m.boots !== boots || m.facts.state !== 'running', {
    signal: options.signal,
    deadlineMs: REBOOT_MS,
  })
  if (!met) throw problems.rebootIgnored(machine, REBOOT_MS)
  if (machine.boots === boots) throw problems.interrupted(machine, 'reboot')
}

function restartGuest(world: World, machine: SimulatedMachine): void {
  machine.boots++
  const agent = machine.facts.agent === 'none' ? 'none' : 'disconnected'
  world.update(machine, { state: 'running', nativeState: 'running (booted)', startedAtMs: world.clock.nowMs(), agent, attention: null })
  world.tell('machine.rebooted', machine, `${machine.facts.name} restarted.`)
  agentComes(world, machine)
}

const reset: Perform<'reset'> = (world, machine) => {
  need(machine, 'running', 'paused', 'stopping', 'crashed')
  if (machine.facts.state === 'crashed') {
    const freeKiB = freeKiBOf(world, machine.facts.hostRef)
    if (freeKiB < machine.facts.memoryKiB) throw problems.memoryShort(machine, freeKiB)
  }
  restartGuest(world, machine)
}

const powerOff: Perform<'powerOff'> = (world, machine) => {
  need(machine, 'running', 'paused', 'suspended', 'crashed', 'starting', 'stopping', 'migrating')
  machine.job = null
  world.tell('machine.stopped', machine, `${machine.facts.name} was powered off.`)
  world.enter(machine, 'stopped', 'shut off (destroyed)')
}

const suspend: Perform<'suspend'> = (world, machine) => {
  need(machine, 'running')
  world.enter(machine, 'paused', 'paused (user)')
  world.tell('machine.paused', machine, `${machine.facts.name} was paused.`)
}

const resume: Perform<'resume'> = (world, machine) => {
  need(machine, 'paused', 'suspended')
  world.enter(machine, 'running', 'running (unpaused)')
  world.tell('machine.resumed', machine, `${machine.facts.name} runs on.`)
}

const managedSave: Perform<'managedSave'> = async (world, machine, _action, options) => {
  needPersistent(machine)
  need(machine, 'running', 'paused')
  const { state: before, nativeState } = machine.facts
  const bytesTotal = Math.round(machine.facts.memoryKiB * 1024 * 0.6)
  const totalMs = Math.max(1_500, bytesTotal / 900_000) / world.config.speed
  machine.job = 'managedSave'
  world.enter(machine, 'paused', 'paused (saving)')
  const { boots } = machine
  const saving = (m: SimulatedMachine) => m.job === 'managedSave' && m.boots === boots && m.facts.nativeState === 'paused (saving)'
  try {
    for (let passedMs = 0; passedMs < totalMs; passedMs += PROGRESS_EVERY_MS) {
      options.onProgress?.({ fraction: passedMs / totalMs, bytesDone: Math.round((bytesTotal * passedMs) / totalMs), bytesTotal })
      const stepMs = Math.min(PROGRESS_EVERY_MS, totalMs - passedMs)
      const lost = await world.waitUntil(machine, (m, gone) => gone || !saving(m), { signal: options.signal, deadlineMs: stepMs })
      if (lost) throw problems.interrupted(machine, 'managedSave')
    }
    options.onProgress?.({ fraction: 1, bytesDone: bytesTotal, bytesTotal })
  } catch (error) {
    if (saving(machine)) world.enter(machine, before, nativeState)
    throw error
  } finally {
    machine.job = null
  }
  world.update(machine, { hasManagedSave: true })
  world.enter(machine, 'saved')
  world.tell('machine.saved', machine, `${machine.facts.name} was saved.`)
}

const restore: Perform<'restore'> = async (world, machine, _action, options) => {
  need(machine, 'saved')
  if (!machine.facts.hasManagedSave) throw problems.noSavedState(machine)
  boot(world, machine, 'running (restored)')
  await waitForBoot(world, machine, 'restore', options)
}

const discardSave: Perform<'discardSave'> = (world, machine) => {
  need(machine, 'saved')
  if (!machine.facts.hasManagedSave) throw problems.noSavedState(machine)
  world.update(machine, { state: 'stopped', nativeState: 'shut off (saved)', hasManagedSave: false })
}

const setAutostart: Perform<'setAutostart'> = (world, machine, action) => {
  needPersistent(machine)
  world.update(machine, { autostart: action.autostart })
}

const rename: Perform<'rename'> = (world, machine, { name }) => {
  needPersistent(machine)
  need(machine, 'stopped')
  if (name.trim() === '') throw problems.nameInvalid(name, 'it is empty')
  if (/[/\n]/.test(name)) throw problems.nameInvalid(name, 'it holds a slash or a line break')
  if (new TextEncoder().encode(name).length > 255) throw problems.nameInvalid(name, 'it is longer than 255 bytes')
  for (const other of world.host(machine.facts.hostRef).machines.values()) {
    if (other !== machine && other.facts.name === name) throw problems.nameTaken(machine, name)
  }
  const from = machine.facts.name
  world.update(machine, { name })
  world.tell('machine.renamed', machine, `${from} is now ${name}.`, 'info', { from })
}

/** The tags after a change: `tags` replaces, then some come and some go. Order is kept, doubles are not. */
export function tagsAfter(before: readonly string[], action: Of<'setMetadata'>): string[] {
  const removed = new Set(action.removeTags)
  return [...new Set([...(action.tags ?? before), ...(action.addTags ?? [])])].filter((tag) => !removed.has(tag))
}

const setMetadata: Perform<'setMetadata'> = (world, machine, action) => {
  if (action.title?.includes('\n')) throw problems.titleInvalid()
  world.update(machine, {
    ...(action.title !== undefined && { title: action.title }),
    ...(action.description !== undefined && { description: action.description }),
    ...(action.notes !== undefined && { notes: action.notes }),
    ...((action.tags ?? action.addTags ?? action.removeTags) && { tags: tagsAfter(machine.facts.tags, action) }),
  })
}

const addDisplay: Perform<'addDisplay'> = (_world, machine) => {
  needPersistent(machine)
  if (displaysOf(machine).some(({ type }) => type === 'vnc')) return
  const { state } = machine.facts
  machine.addedDisplay = holdsMemory(state) || state === 'saved' ? 'waits' : 'there'
}

const remove: Perform<'delete'> = (world, machine, action) => {
  need(machine, 'stopped', 'crashed', 'saved')
  if (machine.facts.hasManagedSave && !action.withManagedSave) throw problems.holdsBack(machine, 'managed-save')
  if (machine.snapshots.length > 0 && !action.withSnapshots) throw problems.holdsBack(machine, 'snapshots')
  if (checkpointsOf(machine).length > 0 && !action.withSnapshots) throw problems.holdsBack(machine, 'checkpoints')
  if (nvramOf(machine) !== null && !action.withNvram) throw problems.holdsBack(machine, 'nvram')
  const { disks } = planDeletion(world, machine)
  for (const key of action.diskKeys) {
    const disk = disks.find((each) => each.key === key)
    if (!disk?.deletable) throw problems.diskNotDeletable(machine, key, disk?.reason ?? 'it is no disk of this machine')
  }
  world.tell('machine.deleted', machine, `${machine.facts.name} was deleted.`)
  world.remove(machine, action.diskKeys)
}

const PERFORM: { readonly [A in HypervisorAction['action']]: Perform<A> } = {
  start,
  shutdown,
  reboot,
  reset,
  powerOff,
  suspend,
  resume,
  managedSave,
  restore,
  discardSave,
  setAutostart,
  rename,
  setMetadata,
  addDisplay,
  delete: remove,
}

function failByChance(world: World, machine: SimulatedMachine, action: MachineAction): void {
  if (!world.failsByChance(`${action.action} ${machine.facts.hostRef}/${machine.facts.name}`)) return
  throw action.action === 'start' ? problems.startFailed(machine) : problems.operationFailed(machine, action.action)
}

/**
 * Carries out an action at the site, whoever asked, and resolves when it is done. The rules are those of libvirt's qemu
 * driver. Throws AppError, or the signal's reason when the waiting was given up.
 */
export async function perform(world: World, ref: string, action: MachineAction, options: WorkOptions = {}): Promise<void> {
  const machine = world.machine(ref)
  const asked = needHypervisorAction(action)
  if (machine.job !== null && action.action !== 'powerOff') throw problems.busy(machine, machine.job)
  failByChance(world, machine, action)
  const run = PERFORM[asked.action] as Perform<MachineAction['action']>
  await run(world, machine, action, options)
}
