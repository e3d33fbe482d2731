import type { Template } from '../../../../shared/model/index.ts'
import type { MachineFacts } from '../../provider.ts'

const KIB_PER_GIB = 1_048_576

/** What a site's machines are made from. */
export interface FleetTemplate {
  readonly template: Template
  readonly os: string
  readonly vcpus: number
  readonly memoryGiB: number
  readonly description: string
}

export const FLEET_TEMPLATES: readonly FleetTemplate[] = [
  {
    template: { family: 'debian-13-base', version: 4, changeable: ['vcpus', 'memoryMiB', 'diskSizes', 'networks', 'cloudInit', 'tags'] },
    os: 'Debian 13',
    vcpus: 2,
    memoryGiB: 2,
    description: 'Debian with our monitoring, time and sign-in',
  },
  {
    template: { family: 'ubuntu-24.04-docker', version: 2, changeable: ['vcpus', 'memoryMiB', 'diskSizes', 'cloudInit'] },
    os: 'Ubuntu 24.04',
    vcpus: 4,
    memoryGiB: 8,
    description: 'Ubuntu with Docker, for build runners',
  },
  {
    template: { family: 'windows-2022-std', version: 7, changeable: ['vcpus', 'memoryMiB', 'tags', 'description'] },
    os: 'Windows Server 2022',
    vcpus: 4,
    memoryGiB: 8,
    description: 'Windows Server, generalised with sysprep',
  },
]

/** It lies on that host and is never started. */
export function templateFacts(hostRef: string, { template, os, vcpus, memoryGiB, description }: FleetTemplate): MachineFacts {
  return {
    hostRef,
    networkRefs: [`${hostRef}/prod`],
    name: `${template.family}-v${template.version}`,
    state: 'stopped',
    nativeState: 'shut off (unknown)',
    title: null,
    description,
    tags: ['template'],
    notes: null,
    vcpus,
    memoryKiB: memoryGiB * KIB_PER_GIB,
    maxMemoryKiB: memoryGiB * KIB_PER_GIB,
    os,
    addresses: [],
    autostart: false,
    persistent: true,
    hasManagedSave: false,
    agent: 'disconnected',
    startedAtMs: null,
    template,
    cloud: null,
    attention: null,
    metrics: null,
  }
}
