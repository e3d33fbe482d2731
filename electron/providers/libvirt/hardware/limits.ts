import type { IoLimits, NicLimits } from '../../../../shared/model/index.ts'
import { at, attributeOf, textOf, type XmlElement } from '../../../xml/index.ts'

/** Names of limits in a definition and of libvirt's parameters: formatdomain.html (iotune), virDomainSetBlockIoTune. */
export const IO_LIMITS = {
  totalBytesPerS: 'total_bytes_sec',
  readBytesPerS: 'read_bytes_sec',
  writeBytesPerS: 'write_bytes_sec',
  totalIops: 'total_iops_sec',
  readIops: 'read_iops_sec',
  writeIops: 'write_iops_sec',
} as const satisfies Record<keyof IoLimits, string>

export const IO_LIMIT_KEYS = ['totalBytesPerS', 'readBytesPerS', 'writeBytesPerS', 'totalIops', 'readIops', 'writeIops'] as const

export const NO_IO_LIMITS: IoLimits = {
  totalBytesPerS: null,
  readBytesPerS: null,
  writeBytesPerS: null,
  totalIops: null,
  readIops: null,
  writeIops: null,
}

/** A limit of 0 is none. */
export function readIoLimits(disk: XmlElement): IoLimits {
  const tune = at(disk, 'iotune')
  const read = (key: keyof IoLimits) => {
    const value = Number(textOf(tune, IO_LIMITS[key])?.trim() ?? 0)
    return value > 0 ? value : null
  }
  return {
    totalBytesPerS: read('totalBytesPerS'),
    readBytesPerS: read('readBytesPerS'),
    writeBytesPerS: read('writeBytesPerS'),
    totalIops: read('totalIops'),
    readIops: read('readIops'),
    writeIops: read('writeIops'),
  }
}

export const NO_NIC_LIMITS: NicLimits = { inbound: null, outbound: null }

export function readNicLimits(card: XmlElement): NicLimits {
  const bandwidth = at(card, 'bandwidth')
  const read = (direction: string): NicLimits['inbound'] => {
    const element = at(bandwidth, direction)
    const figure = (name: string) => {
      const value = Number(attributeOf(element, name) ?? 0)
      return value > 0 ? value : null
    }
    const averageKiBPerS = figure('average')
    return averageKiBPerS === null ? null : { averageKiBPerS, peakKiBPerS: figure('peak'), burstKiB: figure('burst') }
  }
  return { inbound: read('inbound'), outbound: read('outbound') }
}
