import type { HostFacts } from '../provider.ts'

/** A place as a host's facts: what it is called and part of, and none of a hypervisor's own, which clouds do not tell. */
export function placeFacts(place: Pick<HostFacts, 'name' | 'kind' | 'account' | 'hypervisor'>): HostFacts {
  return {
    ...place,
    versions: [],
    cpuModel: null,
    cpus: null,
    sockets: null,
    coresPerSocket: null,
    threadsPerCore: null,
    cpuMhz: null,
    memoryKiB: null,
    memoryFreeKiB: null,
    cpuPercent: null,
  }
}
