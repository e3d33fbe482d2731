import type { LibvirtHost } from '../../libvirt/index.ts'
import type { HostFacts, Logger, ProviderSink } from '../provider.ts'
import { readCpuModel, readVersions } from './host-facts.ts'
import { toProblem } from './problems.ts'

export interface HostRecordPorts {
  readonly host: LibvirtHost
  readonly hostRef: string
  readonly sink: ProviderSink
  readonly log: Logger
  readonly isStopped: () => boolean
}

/** What is known of the host itself, and what the engine is told of it. */
export class HostRecord {
  readonly #ports: HostRecordPorts
  #facts: HostFacts | undefined

  constructor(ports: HostRecordPorts) {
    this.#ports = ports
  }

  /** Tells of the host. What these facts lack and was read before stays. */
  put(facts: HostFacts): void {
    const { hostRef, sink } = this.#ports
    const { cpuModel = null, memoryKiB = facts.memoryKiB, memoryFreeKiB = null, cpuPercent = null } = this.#facts ?? {}
    const known = { ...facts, cpuModel, memoryKiB, memoryFreeKiB, cpuPercent }
    this.#facts = known
    const unread = (['cpuModel', 'memoryFreeKiB', 'cpuPercent', 'versions'] as const).filter(
      (key) => key === 'versions' || known[key] === null,
    )
    sink.changes([
      { op: 'put', entity: 'host', ref: hostRef, facts: known, unread },
      { op: 'complete', entity: 'host', hostRef: null, refs: [hostRef] },
    ])
  }

  /** Nothing before `put`. */
  patch(patch: Partial<HostFacts>): void {
    const { hostRef, sink, isStopped } = this.#ports
    if (isStopped() || this.#facts === undefined) return
    const { memoryKiB } = this.#facts
    const { memoryFreeKiB } = patch
    // A container's view: the kernel tells of more free memory than libvirt says there is.
    const isOdd = memoryFreeKiB != null && memoryKiB !== null && memoryFreeKiB > memoryKiB
    const patched = isOdd ? { ...patch, memoryFreeKiB: memoryKiB } : patch
    this.#facts = { ...this.#facts, ...patched }
    sink.changes([{ op: 'patch', entity: 'host', ref: hostRef, patch: patched }])
  }

  /** Facts that may take the host a while, after everything else. */
  async readSlow(): Promise<void> {
    const { host, log } = this.#ports
    try {
      this.patch({ versions: await readVersions(host, {}) })
      this.patch({ cpuModel: await readCpuModel(host, {}) })
    } catch (error) {
      log.debug('host not described', { code: toProblem(error).code })
    }
  }
}
