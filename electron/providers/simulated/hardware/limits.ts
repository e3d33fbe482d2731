import type { IoLimits, NicLimits } from '../../../../shared/model/index.ts'
import { child, element, put, type Tree } from './definition-tree.ts'

const IO_NAMES: Readonly<Record<keyof IoLimits, string>> = {
  totalBytesPerS: 'total_bytes_sec',
  readBytesPerS: 'read_bytes_sec',
  writeBytesPerS: 'write_bytes_sec',
  totalIops: 'total_iops_sec',
  readIops: 'read_iops_sec',
  writeIops: 'write_iops_sec',
}
const IO_KEYS = Object.keys(IO_NAMES) as ReadonlyArray<keyof IoLimits>

export function readIoLimits(disk: Tree): IoLimits {
  const tune = child(disk, 'iotune')
  const figure = (name: string) => Number(child(tune, name)?.text ?? 0) || null
  return Object.fromEntries(IO_KEYS.map((key) => [key, figure(IO_NAMES[key])])) as IoLimits
}

export function writeIoLimits(disk: Tree, limits: IoLimits): void {
  const set = IO_KEYS.flatMap((key) => (limits[key] === null ? [] : [element(IO_NAMES[key], {}, [], String(limits[key]))]))
  put(disk, 'iotune', set.length === 0 ? null : element('iotune', {}, set), 'target')
}

type Rate = NicLimits['inbound']

export function readNicLimits(card: Tree): NicLimits {
  const read = (name: string): Rate => {
    const { average, peak, burst } = child(card, 'bandwidth', name)?.attributes ?? {}
    if (average === undefined) return null
    return { averageKiBPerS: Number(average), peakKiBPerS: peak ? Number(peak) : null, burstKiB: burst ? Number(burst) : null }
  }
  return { inbound: read('inbound'), outbound: read('outbound') }
}

export function writeNicLimits(card: Tree, { inbound, outbound }: NicLimits): void {
  const write = (name: string, rate: Rate) =>
    rate ? [element(name, { average: rate.averageKiBPerS, peak: rate.peakKiBPerS, burst: rate.burstKiB })] : []
  const set = [...write('inbound', inbound), ...write('outbound', outbound)]
  put(card, 'bandwidth', set.length === 0 ? null : element('bandwidth', {}, set))
}
