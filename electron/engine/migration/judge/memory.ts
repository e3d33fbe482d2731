import { blocks, type Check, passes, sendsMemory, unknown, warns } from './judge.ts'
import { sizeText } from './words.ts'

const KIB = 1_024

/** What it holds has to find room at once; what it may use as well, else the target may swap. */
export const memory: Check = (one) => {
  const { out, into, targetName: target } = one
  const { memoryKiB, residentKiB, hugePagesKiB } = out
  const freeKiB = into.memoryFreeKiB
  if (freeKiB === null) return [unknown('memory-unknown', { params: { target } })]
  const free = sizeText(freeKiB * KIB)
  // huge pages are set apart: they have a check of their own
  if (hugePagesKiB.length > 0) return [passes('memory-fits', { params: { free } })]
  const held = sendsMemory(one) ? (residentKiB ?? memoryKiB) : 0
  if (held > freeKiB) return [blocks('memory-short', { params: { target, needed: sizeText(held * KIB), free } })]
  if (memoryKiB > freeKiB) return [warns('memory-tight', { params: { target, needed: sizeText(memoryKiB * KIB), free } })]
  return [passes('memory-fits', { params: { free } })]
}

export const hugePages: Check = (one) => {
  const { out, into, targetName: target } = one
  if (out.hugePagesKiB.length === 0) return [passes('huge-pages-none')]
  return out.hugePagesKiB.map((sizeKiB) => {
    const size = sizeText(sizeKiB * KIB)
    const free = into.hugePagesFree.get(sizeKiB)
    if (free === undefined) return unknown('huge-pages-unknown', { about: size, params: { target, size } })
    // of several sizes nobody tells how the guest's memory is parted among them
    const needed = out.hugePagesKiB.length === 1 ? Math.ceil(out.memoryKiB / sizeKiB) : 1
    const params = { target, size, free: String(free), needed: String(needed) }
    if (free >= needed) return passes('huge-pages-fit', { about: size, params })
    return (sendsMemory(one) ? blocks : warns)('huge-pages-short', { about: size, params })
  })
}

/** Devices and folders of the source that the machine is given as they are. */
export const hostDevices: Check = (one) => {
  const { out, sourceName: source, targetName: target } = one
  if (out.hostDevices.length === 0) return [passes('host-devices-none')]
  const params = { source, target, devices: out.hostDevices.join(', ') }
  return [sendsMemory(one) ? blocks('host-devices', { params }) : warns('host-devices-cold', { params })]
}
