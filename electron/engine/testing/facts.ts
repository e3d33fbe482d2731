import type { MachineMetrics } from '../../../shared/model/index.ts'
import type { HostFacts, MachineFacts, NetworkFacts, ProviderChange } from '../../providers/provider.ts'

export function hostFacts(name: string, more: Partial<HostFacts> = {}): HostFacts {
  return {
    name,
    kind: 'hypervisor',
    account: null,
    hypervisor: 'KVM',
    versions: [{ name: 'libvirt', version: '10.0.0' }],
    cpuModel: null,
    cpus: 8,
    sockets: 1,
    coresPerSocket: 4,
    threadsPerCore: 2,
    cpuMhz: null,
    memoryKiB: 33_554_432,
    memoryFreeKiB: null,
    cpuPercent: null,
    ...more,
  }
}

export function machineFacts(name: string, hostRef: string, more: Partial<MachineFacts> = {}): MachineFacts {
  return {
    hostRef,
    networkRefs: [],
    name,
    state: 'running',
    nativeState: 'running (booted)',
    title: null,
    description: null,
    tags: [],
    notes: null,
    vcpus: 2,
    memoryKiB: 2_097_152,
    maxMemoryKiB: 2_097_152,
    os: null,
    addresses: [],
    autostart: false,
    persistent: true,
    hasManagedSave: false,
    agent: null,
    startedAtMs: null,
    template: null,
    cloud: null,
    attention: null,
    metrics: null,
    ...more,
  }
}

export function networkFacts(name: string, hostRef: string): NetworkFacts {
  return { hostRef, name, active: true, autostart: true, persistent: true, forward: 'nat', bridge: 'virbr0', cidrs: [] }
}

export function metricsAt(atMs: number, cpuPercent: number | null = 10): MachineMetrics {
  return {
    atMs,
    cpuPercent,
    memoryUsedKiB: 1_048_576,
    diskReadBytesPerS: 0,
    diskWriteBytesPerS: 0,
    netRxBytesPerS: null,
    netTxBytesPerS: null,
  }
}

export function putHost(ref: string, more: Partial<HostFacts> = {}): ProviderChange {
  return { op: 'put', entity: 'host', ref, facts: hostFacts(ref, more) }
}

export function putMachine(ref: string, hostRef: string, more: Partial<MachineFacts> = {}): ProviderChange {
  return { op: 'put', entity: 'machine', ref, facts: machineFacts(ref, hostRef, more) }
}
