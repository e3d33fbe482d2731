import { createHash } from 'node:crypto'
import type { Reason, VolumeAbilities, VolumePlace } from '../../../../shared/model/index.ts'
import type { ConversionSource, VolumeKeeper } from '../../provider.ts'
import { hashText, share } from '../random.ts'
import { HostFiles } from '../snapshots/host-files.ts'
import type { World } from '../world.ts'
import type { WorkOptions } from './timed-work.ts'
import { VolumeBytes } from './volume-bytes.ts'
import * as problems from './volume-problems.ts'
import { makeVolume, type Wanted, wholeBytes, wholeVolume } from './volume-work.ts'

const FETCH_BYTES_PER_S = 45e6
const CONVERT_BYTES_PER_S = 180e6
const GIB = 2 ** 30
const MIB = 2 ** 20
const FORMATS = ['raw', 'qcow2', 'vmdk', 'vdi', 'vhdx', 'vpc']
const NO_PROGRAM: Reason = { code: 'volume.no-downloader', text: 'This host has neither curl nor wget. Install one of them there.' }

type FetchSource = Parameters<VolumeKeeper['fetch']>[2]

export function abilitiesOf(world: World, hostRef: string): VolumeAbilities {
  const isBare = share(world.host(hostRef).salt, 153) < 0.08
  return { fetch: isBare ? NO_PROGRAM : null, convert: null, formats: FORMATS }
}

/** The format that a name speaks of. */
function formatNamed(name: string): string | null {
  if (/\.iso$/i.test(name)) return 'iso'
  if (/\.(qcow2|img)$/i.test(name)) return 'qcow2'
  return /\.raw$/i.test(name) ? 'raw' : null
}

/** What a simulated network answers: an address that names `missing` has nothing there, and the domain `.invalid` nobody (RFC 2606). */
function refusalOf(url: string): string | null {
  const { hostname, pathname } = new URL(url)
  if (hostname.endsWith('.invalid')) return `curl: (6) Could not resolve host: ${hostname}`
  return pathname.includes('missing') ? 'curl: (22) The requested URL returned error: 404' : null
}

/** The checksum of what lies at a made-up address. */
export function checksumOf(url: string): string {
  return createHash('sha256').update(url).digest('hex')
}

export async function fetchVolume(
  world: World,
  hostRef: string,
  place: VolumePlace,
  { url, sha256 }: FetchSource,
  options: WorkOptions,
): Promise<void> {
  const { fetch: reason } = abilitiesOf(world, hostRef)
  if (reason) throw problems.unable(reason, hostRef)
  const refusal = refusalOf(url)
  if (refusal) throw problems.fetchFailed(url, refusal)
  const format = formatNamed(place.volume) ?? formatNamed(new URL(url).pathname) ?? 'raw'
  const allocationBytes = Math.round((format === 'iso' ? 500e6 : 300e6) * (1 + share(hashText(url), 154)))
  const capacityBytes = format === 'qcow2' ? 3 * GIB : allocationBytes
  const made = { procedure: 'fetch', bytesPerS: FETCH_BYTES_PER_S, backing: null, hasSystem: format !== 'iso' }
  await makeVolume(world, hostRef, place, { ...made, format, allocationBytes, capacityBytes }, options)
  // Whoever lists another checksum than that of the made-up file has one of a real file at that address: only an evident fault counts.
  if (sha256 === null || !/^0{8}/.test(sha256)) return
  world.volumes.delete(hostRef, place)
  throw problems.checksumDiffers(place, sha256, checksumOf(url))
}

/**
 * What goes into a package: a few MiB of zeros, made within some seconds however large the disk. Nothing else could be read back from a
 * pool that keeps no bytes, and its checksums have to be right when the package comes in again.
 */
function packed(wanted: Wanted, name: string): Wanted {
  const allocationBytes = Math.min(wanted.allocationBytes, Math.round(MIB * (2 + 4 * share(hashText(name), 156))))
  const readBytes = Math.min(wanted.allocationBytes, GIB)
  const bytesPerS = wanted.bytesPerS * (allocationBytes / Math.max(1, readBytes))
  return { ...wanted, allocationBytes, bytesPerS, content: new VolumeBytes(allocationBytes, 0, false) }
}

export async function convertVolume(
  world: World,
  hostRef: string,
  place: VolumePlace,
  { from, sourceFormat, format, range, isOwnDisk, snapshot }: ConversionSource,
  options: WorkOptions,
): Promise<void> {
  const name = 'path' in from ? from.path : from.volume
  const known = 'path' in from ? (snapshot === undefined ? null : new HostFiles(world, hostRef).placeOf(from.path)) : from
  const source = known && wholeVolume(world, hostRef, known)
  if (source?.format === 'iso') throw problems.notAnImage(name, 'it is a CD image')
  if (source?.backing && !isOwnDisk) throw problems.notAnImage(name, `it is built on ${source.backing.volume}`)
  const imageFormat = sourceFormat ?? source?.format ?? FORMATS.find((each) => name.toLowerCase().endsWith(`.${each}`))
  if (imageFormat === undefined || !FORMATS.includes(imageFormat)) throw problems.notAnImage(name, `Unknown driver '${imageFormat ?? ''}'`)
  const capacityBytes = source?.capacityBytes ?? 20 * GIB
  const wholeSize = source && wholeBytes(world, hostRef, source)
  const allocationBytes = range?.length ?? wholeSize ?? Math.round(GIB * (1 + 3 * share(hashText(name), 155)))
  const made = { procedure: 'qemu-img convert', bytesPerS: CONVERT_BYTES_PER_S, backing: null, hasSystem: source?.hasSystem ?? true }
  const wanted = { ...made, format, capacityBytes, allocationBytes }
  await makeVolume(world, hostRef, place, isOwnDisk && format === 'vmdk' ? packed(wanted, name) : wanted, options)
}
