import type { OutgoingDisk, OutgoingFacts, OutgoingNic } from '../../provider.ts'
import { isShared } from '../build/fleet-disks.ts'
import type { SimulatedDisk } from '../build/shape.ts'
import { shapeOf } from '../build/shape-of.ts'
import { namedCpuModel } from '../detail.ts'
import { checkpointsOf, disksOf, nvramOf } from '../disks.ts'
import { holdsMemory, type SimulatedHost, type SimulatedMachine } from '../fleet.ts'
import { definitionsOf } from '../hardware/definitions.ts'
import { cardsOf } from '../networks/cards.ts'
import type { World } from '../world.ts'
import { endFactsOf } from './end-facts.ts'
import { residentBytes } from './rates.ts'
import { uuidOf } from './twins.ts'

function diskFacts(world: World, { ref, pools }: SimulatedHost, disk: SimulatedDisk): OutgoingDisk {
  const { target, device, key, place, format, capacityBytes, allocationBytes, readOnly, shared, cache } = disk
  const pool = place && pools.get(`${ref}/${place.pool}`)
  const volume = place && pool?.active ? world.volumes.find(ref, place) : null
  const backing = volume?.backing ? [world.volumes.pathOf(world.volumes.pool(ref, volume.backing.pool), volume.backing.volume)] : []
  return {
    target,
    device,
    type: pool?.type === 'rbd' ? 'network' : 'file',
    path: key,
    pool: place?.pool ?? null,
    volume: place?.volume ?? null,
    format,
    capacityBytes: volume?.capacityBytes ?? capacityBytes,
    allocationBytes: volume?.allocationBytes ?? allocationBytes,
    isReadOnly: readOnly,
    isShareable: shared && !readOnly && !(pool && isShared(pool)),
    cache,
    backing,
  }
}

function nicFacts(machine: SimulatedMachine, host: SimulatedHost): OutgoingNic[] {
  return cardsOf(machine, host).map(({ mac, network, bridge, device, portGroup }) => ({
    mac,
    kind: network === null ? (bridge === null ? 'direct' : 'bridge') : 'network',
    network,
    bridge: bridge ?? device,
    portGroup,
  }))
}

/** What a machine is and uses, as its host tells. */
export function outgoingFactsOf(world: World, machine: SimulatedMachine): OutgoingFacts {
  const { facts } = machine
  const host = world.host(facts.hostRef)
  const shape = shapeOf(machine)
  const isOn = holdsMemory(facts.state)
  const nvram = nvramOf(machine)
  const { runningXml, keptXml } = definitionsOf(world, machine)
  const trees = world.snapshots.of(machine)
  const internal = trees.filter(({ disks }) => disks.some(({ kind }) => kind === 'internal')).length
  return {
    name: facts.name,
    uuid: uuidOf(machine),
    isRunning: isOn,
    isPaused: facts.state === 'paused',
    isPersistent: facts.persistent,
    hasManagedSave: facts.hasManagedSave,
    xml: runningXml ?? keptXml ?? '',
    machineType: shape.machineType,
    arch: 'x86_64',
    emulator: '/usr/bin/qemu-system-x86_64',
    vcpus: facts.vcpus,
    memoryKiB: facts.memoryKiB,
    residentKiB: isOn ? Math.round(residentBytes(machine) / 1_024) : null,
    hugePagesKiB: [],
    cpuMode: shape.cpu.mode,
    cpuModel: shape.cpu.model ?? namedCpuModel(host.facts.cpuModel),
    firmware: nvram === null ? null : { loader: '/usr/share/OVMF/OVMF_CODE_4M.fd', nvram, isSecure: shape.firmware === 'uefi-secure' },
    tpm: shape.tpm ? { model: 'tpm-crb', backend: 'emulator' } : null,
    disks: disksOf(machine).map((disk) => diskFacts(world, host, disk)),
    nics: nicFacts(machine, host),
    hostDevices: shape.hostDevices.map(({ address }) => `PCI ${address}`),
    snapshots: { internal, external: trees.length - internal },
    checkpoints: checkpointsOf(machine).length,
    job: machine.job,
    displays: ['127.0.0.1'],
    agentAnswers: facts.agent === 'none' ? null : facts.agent === 'connected',
    host: endFactsOf(world, host),
  }
}
