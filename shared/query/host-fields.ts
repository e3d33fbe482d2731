import type { Host } from '../model/index.ts'
import { worseFreshness } from '../model/index.ts'
import { defineFields } from './fields.ts'
import { ageMs, bytesOfKiB, FRESHNESS_VALUES, type InventoryContext } from './inventory-context.ts'

function freshness(host: Host, context: InventoryContext): string {
  const connection = context.connection(host.connectionId)
  return connection ? worseFreshness(host.freshness, connection.freshness).state : 'never'
}

function memoryPercent(host: Host): number | undefined {
  if (host.memoryKiB === null || host.memoryFreeKiB === null || host.memoryKiB <= 0) return undefined
  return (100 * (host.memoryKiB - host.memoryFreeKiB)) / host.memoryKiB
}

/** What can be asked of a host. */
export const HOST_FIELDS = defineFields<Host, InventoryContext>({
  name: { kind: 'text', aliases: ['host'], get: (host) => host.name, search: true },
  connection: { kind: 'text', aliases: ['conn'], get: (host, context) => context.connection(host.connectionId)?.name, search: true },
  status: {
    kind: 'enum',
    aliases: ['state', 'is'],
    values: [
      { value: 'online', aliases: ['up', 'on'] },
      { value: 'connecting' },
      { value: 'offline', aliases: ['down', 'off'] },
      { value: 'needs-attention', aliases: ['attention'] },
      { value: 'disabled' },
    ],
    get: (host, context) => context.connection(host.connectionId)?.status,
  },
  address: { kind: 'text', match: 'part', get: (host, context) => context.connection(host.connectionId)?.address, search: true },
  hypervisor: { kind: 'text', aliases: ['hv'], match: 'part', get: (host) => host.hypervisor, search: true },
  version: { kind: 'version', get: (host) => host.versions.map((entry) => entry.version) },
  libvirt: { kind: 'version', get: (host) => host.versions.find((entry) => /libvirt/i.test(entry.name))?.version },
  qemu: { kind: 'version', get: (host) => host.versions.find((entry) => /qemu/i.test(entry.name))?.version },
  model: { kind: 'text', match: 'part', get: (host) => host.cpuModel, search: true },
  cpus: { kind: 'number', aliases: ['vcpu'], get: (host) => host.cpus },
  cpu: { kind: 'percent', get: (host) => host.cpuPercent },
  memory: { kind: 'bytes', aliases: ['mem', 'ram'], get: (host) => bytesOfKiB(host.memoryKiB) },
  'memory-free': { kind: 'bytes', aliases: ['free'], get: (host) => bytesOfKiB(host.memoryFreeKiB) },
  'memory-used': { kind: 'percent', get: memoryPercent },
  fresh: { kind: 'enum', aliases: ['freshness'], values: FRESHNESS_VALUES, get: freshness },
  seen: { kind: 'duration', get: (host, context) => ageMs(host.observedAtMs, context) },
  provider: { kind: 'id', get: (host, context) => context.connection(host.connectionId)?.providerId },
  uuid: { kind: 'id', aliases: ['ref'], get: (host) => host.nativeRef },
  id: { kind: 'id', get: (host) => host.id },
})
