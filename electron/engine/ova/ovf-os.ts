import type { OsEntry } from '../../../shared/model/index.ts'
import { osById, osCatalogue } from '../build/os-catalogue.ts'
import type { OvfOs } from './ovf.ts'

/**
 * Names of VMware (`vmw:osType`), VirtualBox (`vbox:OSType`) and people → ids of the catalogue. An id that the catalogue does not have is
 * passed over. VMware calls Windows 10 its 9th, and each server until the next after the one before.
 */
const NAMES: ReadonlyArray<readonly [pattern: RegExp, id: (match: RegExpExecArray) => string]> = [
  [/^debian\D{0,14}(\d+)/i, ([, version]) => `debian${version}`],
  [/^ubuntu\D{0,8}(\d\d)[._]?(04|10)?(?!\d)(?!-bit)/i, ([, year, month]) => `ubuntu${year}.${month ?? '04'}`],
  [/^fedora\D{0,8}(\d\d)(?!-bit|guest)/i, ([, version]) => `fedora${version}`],
  [/^(?:rhel|red ?hat(?: enterprise linux)?)\D{0,2}(\d+)/i, ([, version]) => `rhel${version}`],
  [/^rocky\D{0,8}(\d+)(?!-bit)/i, ([, version]) => `rocky${version}`],
  [/^alma\D{0,9}(\d+)(?!-bit)/i, ([, version]) => `almalinux${version}`],
  [/^centos(?: stream)?\D{0,2}(\d+)/i, ([, version]) => `centos-stream${version}`],
  [/^opensuse\D{0,8}(\d\d\.\d)/i, ([, version]) => `opensuse${version}`],
  [/^opensuse.*tumbleweed/i, () => 'opensusetumbleweed'],
  [/^arch/i, () => 'archlinux'],
  [/^alpine\D{0,8}(\d\.\d+)/i, ([, version]) => `alpinelinux${version}`],
  [/^freebsd\D{0,2}(\d+)/i, ([, version]) => `freebsd${version}`],
  [/^netbsd\D{0,2}(\d+)/i, ([, version]) => `netbsd${version}`],
  [/^windows ?9server/i, () => 'win2k16'],
  [/^windows\D{0,18}2019srvnext/i, () => 'win2k22'],
  [/^windows\D{0,18}2022srvnext/i, () => 'win2k25'],
  [/^(?:microsoft )?windows\D{0,18}20(16|19|22|25)/i, ([, year]) => `win2k${year}`],
  [/^windows ?9_/i, () => 'win10'],
  [/^(?:microsoft )?windows ?(10|11)(?!\d)/i, ([, version]) => `win${version}`],
]

const LINUX = /linux|debian|ubuntu|fedora|centos|rhel|red ?hat|suse|sles|rocky|alma|oracle|arch|alpine|gentoo|mint|photon|coreos|amazon/i

export interface GuessedOs {
  readonly entry: OsEntry
  /** It is meant, and not only something of its kind. */
  readonly isSure: boolean
}

/** The entry of the catalogue that a package means. `own` is what our own exports note. */
export function guessOs({ names }: OvfOs, own: string | null): GuessedOs {
  const noted = own === null ? undefined : osById(own)
  if (noted) return { entry: noted, isSure: true }
  for (const name of names) {
    const entry = osCatalogue().systems.find((system) => system.name === name) ?? named(name)
    if (entry) return { entry, isSure: true }
  }
  const fallback = osById(names.some((name) => LINUX.test(name)) ? 'linux' : 'other')
  if (!fallback) throw new RangeError('The catalogue lacks its general entries.')
  return { entry: fallback, isSure: false }
}

function named(name: string): OsEntry | undefined {
  for (const [pattern, id] of NAMES) {
    const match = pattern.exec(name)
    const entry = match && osById(id(match))
    if (entry) return entry
  }
  return undefined
}

/** CIM's number (CIM_OperatingSystem.OSType), as VMware and VirtualBox write it; 101 is any 64-bit Linux, 1 whatever else. */
export function cimOsType({ family, kind }: OsEntry): number {
  const numbers: Readonly<Record<string, number>> = { debian: 96, ubuntu: 94, rhel: 80, centos: 80, rocky: 80, almalinux: 80, freebsd: 78 }
  return numbers[family] ?? (kind === 'linux' ? 101 : 1)
}
