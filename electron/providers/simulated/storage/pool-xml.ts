import type { PoolSource } from '../../../../shared/model/index.ts'
import type { PoolFacts } from '../../provider.ts'
import { escapeXml } from '../build/domain-xml.ts'

function sourceXml(source: PoolSource): readonly string[] {
  const e = escapeXml
  switch (source.type) {
    case 'dir':
      return []
    case 'netfs':
      return [`<host name='${e(source.host)}'/>`, `<dir path='${e(source.exportPath)}'/>`, `<format type='${source.format}'/>`]
    case 'logical':
      return [...source.devices.map((path) => `<device path='${e(path)}'/>`), `<name>${e(source.group)}</name>`, "<format type='lvm2'/>"]
    case 'disk':
      return [`<device path='${e(source.device)}'/>`, `<format type='${source.label}'/>`]
    case 'iscsi':
      return [`<host name='${e(source.host)}'/>`, `<device path='${e(source.target)}'/>`]
    case 'rbd':
      return [...source.monitors.map((host) => `<host name='${e(host)}'/>`), `<name>${e(source.pool)}</name>`]
    case 'zfs':
      return [...source.devices.map((path) => `<device path='${e(path)}'/>`), `<name>${e(source.pool)}</name>`]
    case 'scsi':
      return [`<adapter type='scsi_host' name='${e(source.adapter)}'/>`]
  }
}

/** A pool as its host would define it. */
export function poolXml({ name, type, target }: PoolFacts, uuid: string, source: PoolSource): string {
  const lines = sourceXml(source)
  return [
    `<pool type='${escapeXml(type)}'>`,
    `  <name>${escapeXml(name)}</name>`,
    `  <uuid>${uuid}</uuid>`,
    ...(lines.length > 0 ? ['  <source>', ...lines.map((line) => `    ${line}`), '  </source>'] : []),
    ...(target === null || type === 'rbd' ? [] : ['  <target>', `    <path>${escapeXml(target)}</path>`, '  </target>']),
    '</pool>',
    '',
  ].join('\n')
}
