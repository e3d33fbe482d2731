import { type HostShell, runsNothing } from './host-shell.ts'

/** Of so many names at a time: a command line has an end. */
const CHUNK = 200

/**
 * Names of devices that are names of these devices too, each with which it is: a device has many (`/dev/vg/lv`, `/dev/mapper/vg-lv`, `/dev/dm-3`,
 * `/dev/disk/by-id/…`), and only the host knows which are the same. Null: it cannot be asked.
 */
export async function sameDevices(
  shell: HostShell | null,
  names: Iterable<string>,
  devices: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string> | null> {
  const known = new Set(devices)
  const others = [...new Set(names)].filter((name) => name.startsWith('/dev/') && !known.has(name))
  if (others.length === 0 || devices.length === 0) return new Map()
  if (!shell) return null
  try {
    const byReal = new Map<string, string>()
    for (const [device, real] of await realNames(shell, devices, signal)) byReal.set(real, device)
    const same = new Map<string, string>()
    for (const [name, real] of await realNames(shell, others, signal)) {
      const device = byReal.get(real)
      if (device !== undefined) same.set(name, device)
    }
    return same
  } catch (thrown) {
    if (runsNothing(thrown)) return null
    throw thrown
  }
}

/** Each path with what it is without links. */
export async function realNames(
  shell: HostShell,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyArray<readonly [string, string]>> {
  const found: Array<readonly [string, string]> = []
  for (let at = 0; at < paths.length; at += CHUNK) {
    const some = paths.slice(at, at + CHUNK)
    // -m: also of what is not there, so that every name has its answer
    const { stdout } = await shell.run(['readlink', '-m', '-z', '--', ...some], { signal })
    const answers = stdout.split('\0')
    for (const [index, path] of some.entries()) found.push([path, answers[index] || path])
  }
  return found
}
