import type { OverlayToMake } from '../../snapshots/index.ts'
import { VolumeBytes } from '../build/volume-bytes.ts'
import type { StoredVolume } from '../build/volume-store.ts'
import { definedDisks, disksOf } from '../disks.ts'
import type { SimulatedMachine } from '../fleet.ts'
import { hashText } from '../random.ts'
import type { World } from '../world.ts'
import { HostFiles } from './host-files.ts'

/** A new qcow2 image: its head and its first tables. */
const EMPTY_BYTES = 196_624

/** An empty image on top of another one. */
export function overlayOn(
  base: Pick<StoredVolume, 'capacityBytes' | 'hasSystem'>,
  backing: StoredVolume['backing'],
  name: string,
): StoredVolume {
  const { capacityBytes, hasSystem } = base
  const bytes = VolumeBytes.ofImage('qcow2', EMPTY_BYTES, capacityBytes, hashText(name))
  return { name, format: 'qcow2', capacityBytes, allocationBytes: EMPTY_BYTES, backing, bytes, isWhole: true, hasSystem }
}

/** Puts a file on top of another one. What is beneath stays listed, whoever writes elsewhere from now on. */
export function makeOverlay(world: World, machine: SimulatedMachine, { base, path, pool, volume }: OverlayToMake): void {
  const { hostRef } = machine.facts
  const files = new HostFiles(world, hostRef)
  const place = files.placeOf(base)
  const beneath = files.find(base)
  if (!place || !beneath) throw new Error(`no file ${base} to stand on`)
  world.volumes.put(hostRef, place.pool, beneath)
  world.volumes.put(hostRef, pool, overlayOn(beneath, place, volume))
  world.snapshots.begin(hostRef, path, world.clock.nowMs())
}

/** The machine writes into that file from now on. */
export function moveDisk(world: World, machine: SimulatedMachine, target: string, path: string): void {
  const files = new HostFiles(world, machine.facts.hostRef)
  const at = disksOf(machine).findIndex((disk) => disk.target === target)
  const defined = definedDisks(machine)[at]
  const place = files.placeOf(path)
  const volume = files.find(path)
  if (!defined || !place || !volume) throw new Error(`no disk ${target} to move to ${path}`)
  const { hostRef } = machine.facts
  world.snapshots.wrote(hostRef, disksOf(machine)[at]?.key ?? defined.key, world.clock.nowMs())
  const moved = new Map(machine.moved)
  if (path === defined.key) moved.delete(defined.key)
  else moved.set(defined.key, { key: path, place, format: volume.format === 'qcow2' ? 'qcow2' : 'raw' })
  machine.moved = moved
}

/** An image stands on another one from now on, or on none. Its bytes are what they were. */
export function rebase(world: World, machine: SimulatedMachine, path: string, onto: string | null, allocationBytes?: number): void {
  const { hostRef } = machine.facts
  const files = new HostFiles(world, hostRef)
  const place = files.placeOf(path)
  const volume = files.find(path)
  if (!place || !volume) throw new Error(`no file ${path} to put elsewhere`)
  const { bytes } = volume
  const backing = onto === null ? null : files.placeOf(onto)
  world.volumes.put(hostRef, place.pool, { ...volume, bytes, backing, allocationBytes: allocationBytes ?? volume.allocationBytes })
}

/** It holds so much more now. */
export function growFile(world: World, machine: SimulatedMachine, path: string, byBytes: number): void {
  const files = new HostFiles(world, machine.facts.hostRef)
  const place = files.placeOf(path)
  const volume = files.find(path)
  if (!place || !volume) return
  // one of the fleet's own is derived anew each time, until it is taken over
  world.volumes.put(machine.facts.hostRef, place.pool, volume)
  world.volumes.grow(machine.facts.hostRef, place.pool, volume, Math.min(volume.capacityBytes, volume.allocationBytes + byBytes))
  world.volumes.tell(machine.facts.hostRef, place.pool)
}

export function deleteFile(world: World, machine: SimulatedMachine, path: string): void {
  const place = new HostFiles(world, machine.facts.hostRef).placeOf(path)
  if (place) world.volumes.delete(machine.facts.hostRef, place)
}
