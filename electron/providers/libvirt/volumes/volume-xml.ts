import { at, attributeOf, escapeXml, parseXml, textOf, type XmlElement } from '../../../xml/index.ts'

/** What a volume's own XML says of it (https://libvirt.org/formatstorage.html#storage-volume-xml). */
export interface VolumeFacts {
  readonly name: string
  readonly key: string
  readonly path: string
  readonly format: string | null
  readonly capacityBytes: number
  readonly allocationBytes: number
  /** Length of the file, or of the device. */
  readonly sizeBytes: number
  readonly backingPath: string | null
  /** file, block, dir, network, netdir or ploop. */
  readonly type: string
  /** Of its file; null: the host does not tell. */
  readonly modifiedAtMs: number | null
  /** See `VolumeState`: a file's own times and its length. Devices and volumes over a network have no times that writing to them moves. */
  readonly version: string | null
}

/** libvirt's words for formats that it has looked for and not found. */
const NO_FORMAT: ReadonlySet<string> = new Set(['unknown', 'none'])

export function readVolumeXml(xml: string): VolumeFacts {
  const volume = parseXml(xml)
  const format = attributeOf(at(volume, 'target', 'format'), 'type')
  const capacityBytes = bytesOf(at(volume, 'capacity'))
  const key = textOf(volume, 'key') ?? ''
  const type = attributeOf(volume, 'type') ?? 'file'
  // Left out where it equals the capacity by the volume's nature.
  const sizeBytes = Number(textOf(volume, 'physical') ?? capacityBytes)
  const modified = textOf(volume, 'target', 'timestamps', 'mtime')
  // A file that is put in its place with the old time of modification has another time of change.
  const changed = textOf(volume, 'target', 'timestamps', 'ctime')
  return {
    name: textOf(volume, 'name') ?? '',
    key,
    path: textOf(volume, 'target', 'path') ?? key,
    format: format === null || NO_FORMAT.has(format) ? null : format,
    capacityBytes,
    allocationBytes: bytesOf(at(volume, 'allocation')),
    sizeBytes,
    backingPath: textOf(volume, 'backingStore', 'path') || null,
    type,
    modifiedAtMs: timeOf(modified),
    version: type === 'file' && modified !== null && changed !== null ? `${modified}-${changed}-${sizeBytes}` : null,
  }
}

/** Seconds and nanoseconds, such as 1341933637.027319099. */
function timeOf(text: string | null): number | null {
  return text === null ? null : Math.round(Number(text) * 1_000) || null
}

/** libvirt always writes bytes. */
function bytesOf(element: XmlElement | undefined): number {
  return Number(element?.text ?? 0)
}

export interface NewVolume {
  readonly name: string
  readonly format: string
  readonly capacityBytes: number
  readonly backing?: { readonly path: string; readonly format: string } | undefined
}

/** A volume to be made, taking no more room than it needs. qcow2 as every QEMU since 1.1 reads it; older libvirts would write 0.10. */
export function newVolumeXml({ name, format, capacityBytes, backing }: NewVolume): string {
  const compat = format === 'qcow2' ? '<compat>1.1</compat>' : ''
  const below = backing
    ? `<backingStore><path>${escapeXml(backing.path)}</path><format type='${escapeXml(backing.format)}'/></backingStore>`
    : ''
  return (
    `<volume><name>${escapeXml(name)}</name><capacity unit='bytes'>${capacityBytes}</capacity><allocation unit='bytes'>0</allocation>` +
    `<target><format type='${escapeXml(format)}'/>${compat}</target>${below}</volume>`
  )
}
