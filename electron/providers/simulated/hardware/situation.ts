import {
  DISK_FORMATS,
  type EditableHardware,
  type HardwareEdit,
  type HardwareOptions,
  hardwareReason,
  NIC_MODELS,
  type Reason,
} from '../../../../shared/model/index.ts'
import type { Which } from '../../hardware/index.ts'
import { optionsOf } from '../build/options.ts'
import { seededMac } from '../build/shape-of.ts'
import type { SimulatedMachine } from '../fleet.ts'
import { hashText, mix } from '../random.ts'
import type { World } from '../world.ts'
import { parseTree, type Tree } from './definition-tree.ts'
import { type Definitions, definitionsOf, knowledgeOf } from './definitions.ts'
import { type EditFacts, targetsOf } from './edit-device.ts'
import { cellsOf, FILTERS, hostDevicesFor } from './host-devices.ts'
import { readEditable } from './read-editable.ts'

/** A machine and its host, as an edit finds them. */
export interface Situation {
  readonly world: World
  readonly machine: SimulatedMachine
  readonly name: string
  readonly running: EditableHardware | null
  readonly kept: EditableHardware | null
  readonly trees: Readonly<Record<Which, Tree | null>>
  readonly options: HardwareOptions
  readonly facts: EditFacts
}

/** Null: it is a whole element. */
export function notWhole(xml: string): Reason | null {
  try {
    parseTree(xml)
    return null
  } catch (error) {
    return hardwareReason('hardware.xml-invalid', { problem: error instanceof Error ? error.message : String(error) })
  }
}

/** What the host can give to a machine. */
export function hardwareOptionsOf(world: World, machine: SimulatedMachine): HardwareOptions {
  const { hostRef } = machine.facts
  const host = world.host(hostRef)
  const { maxVcpus, diskBuses } = optionsOf(world, hostRef)
  return {
    reason: null,
    maxVcpus,
    hostMemoryKiB: host.facts.memoryKiB,
    cells: cellsOf(host),
    diskBuses: [...diskBuses],
    diskFormats: [...DISK_FORMATS],
    nicModels: [...NIC_MODELS],
    filters: [...FILTERS],
    hostDevices: hostDevicesFor(host, machine),
  }
}

/** The volume or file that an edit names, as far as the host knows it. */
function fileOf(world: World, { facts: { hostRef } }: SimulatedMachine, edit: HardwareEdit): EditFacts['file'] {
  const named = placeIn(edit)
  if (!named) return null
  if ('path' in named) return { path: named.path, format: 'raw', place: null }
  const pool = world.host(hostRef).pools.get(`${hostRef}/${named.pool}`)
  if (!pool?.active) return null
  const volume = world.volumes.find(hostRef, named)
  return {
    path: world.volumes.pathOf(pool, named.volume),
    format: volume?.format === 'qcow2' ? 'qcow2' : (named.format ?? 'raw'),
    place: named,
  }
}

type Named = { readonly path: string } | { readonly pool: string; readonly volume: string; readonly format?: string }

function placeIn(edit: HardwareEdit): Named | null {
  if (edit.edit === 'addDrive' || edit.edit === 'setMedia') return edit.media
  if (edit.edit !== 'addDisk') return null
  const { source } = edit.disk
  if (source.kind === 'existing') return { pool: source.pool, volume: source.volume }
  return { pool: source.pool, volume: edit.name ?? 'new', format: source.format }
}

/** A machine, its host and what an edit of it names. */
export function situationOf(
  world: World,
  machine: SimulatedMachine,
  edit: HardwareEdit,
): Situation & { readonly definitions: Definitions } {
  const definitions = definitionsOf(world, machine)
  const { running, kept } = definitions
  const known = knowledgeOf(world, machine)
  const hardware = { running: running && readEditable(running, known), kept: kept && readEditable(kept, known) }
  const options = hardwareOptionsOf(world, machine)
  const disks = [...(hardware.running?.disks ?? []), ...(hardware.kept?.disks ?? [])]
  return {
    world,
    machine,
    name: machine.facts.name,
    ...hardware,
    trees: { running, kept },
    options,
    facts: {
      file: fileOf(world, machine, edit),
      hostDevice: (edit.edit === 'addHostDevice' && options.hostDevices.find(({ name }) => name === edit.hostDevice)) || null,
      mac: seededMac(mix(machine.salt, hashText(definitions.revision))),
      targets: targetsOf(disks),
    },
    definitions,
  }
}
