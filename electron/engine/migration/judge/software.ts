import { blocks, type Case, type Check, passes, unknown, type Verdict, warns } from './judge.ts'

/** libvirt and QEMU of both ends: an older one may not understand what a newer one sends. */
export const versions: Check = (one) => [
  versionOf(one, 'libvirt', one.out.host.libvirt, one.into.host.libvirt),
  versionOf(one, 'QEMU', one.out.host.hypervisor, one.into.host.hypervisor),
]

function versionOf(
  { sourceName: source, targetName: target }: Case,
  what: 'libvirt' | 'QEMU',
  from: string | null,
  to: string | null,
): Verdict {
  if (from === null || to === null) return unknown('versions-unknown', { about: what, params: { what } })
  const order = compareVersions(from, to)
  if (order > 0) return warns(what === 'QEMU' ? 'qemu-older' : 'libvirt-older', { params: { source, target, from, to } })
  if (order < 0 && what === 'QEMU') return passes('qemu-newer', { params: { from, to } })
  return passes('versions-fit', { about: what, params: { what, from, to } })
}

/** Below 0: the first is older. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split(/[^0-9]+/).map(Number))
  for (let index = 0; index < 3; index += 1) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The board that the guest sees has to be the very same one, and there has to be something that plays it. */
export const machineType: Check = ({ out: { machineType: type, emulator }, into, targetName: target }) => {
  if (type === null) return [unknown('machine-type-unknown', { params: { target, type: '?' } })]
  const params = { target, type }
  if (into.hasMachineType === null) return [unknown('machine-type-unknown', { params })]
  if (!into.hasMachineType) return [blocks('machine-type-missing', { params })]
  const there = passes('machine-type-there', { params })
  if (emulator === null || into.hasEmulator === null) return [there]
  // where programs lie differs among distributions, and libvirt names only one of them
  const by = { params: { target, emulator } }
  return [there, into.hasEmulator ? passes('emulator-there', by) : warns('emulator-missing', by)]
}
