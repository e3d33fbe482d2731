import type { BuildFinding, BuildOptions, BuildPreview, CloneSource, MachineSpec } from '../../../../shared/model/index.ts'
import type { ActOptions, CallOptions, MachineBuilder, MachineDefinition } from '../../provider.ts'
import type { Work } from '../act-context.ts'
import { isNoDomain } from '../problems.ts'
import type { BuildContext, BuilderPorts } from './build-context.ts'
import { checkDefinition } from './check.ts'
import { define } from './define.ts'
import { commonCpu, hostCpu } from './host-cpu.ts'
import { readOptions } from './options.ts'
import { preview } from './preview.ts'
import { cloneSource } from './source.ts'

/** One piece of work on the link: see `Link`. `command` names a change, whose lost answer is indeterminate. */
type CallOnLink = <T>(
  command: string | null,
  machineRef: string | null,
  options: CallOptions,
  run: (work: Work) => Promise<T>,
) => Promise<T>

/** Makes machines on one libvirt host whose driver is QEMU. */
export class LibvirtBuilder implements MachineBuilder {
  readonly #ports: BuilderPorts
  readonly #call: CallOnLink

  constructor(ports: BuilderPorts, call: CallOnLink) {
    this.#ports = ports
    this.#call = call
  }

  options(_hostRef: string, options: CallOptions): Promise<Omit<BuildOptions, 'hostId' | 'hostName' | 'pools'>> {
    return this.#read(options, ({ host, work }) => readOptions(host, { signal: work.signal }))
  }

  check(_hostRef: string, definition: MachineDefinition, count: number, options: CallOptions): Promise<readonly BuildFinding[]> {
    return this.#read(options, (context) => checkDefinition(context, definition, count), sourceOf(definition))
  }

  preview(_hostRef: string, definition: MachineDefinition, options: CallOptions): Promise<Omit<BuildPreview, 'name'>> {
    return this.#read(options, (context) => preview(context, definition), sourceOf(definition))
  }

  define(_hostRef: string, definition: MachineDefinition, options: ActOptions): Promise<void> {
    return this.#call('define', sourceOf(definition), options, (work) => define({ ...this.#ports, work }, definition))
  }

  isDefined(_hostRef: string, uuid: string, options: CallOptions): Promise<boolean> {
    return this.#read(options, async ({ host, work }) => {
      try {
        await host.call('domainLookupByUuid', { uuid }, { signal: work.signal })
        return true
      } catch (error) {
        if (isNoDomain(error)) return false
        throw error
      }
    })
  }

  macs(): ReadonlyMap<string, string> {
    return this.#ports.knownMacs() ?? new Map()
  }

  source(machineRef: string, options: CallOptions): Promise<Omit<CloneSource, 'machineId'>> {
    return this.#read(options, (context) => cloneSource(context, machineRef), machineRef)
  }

  hostCpu(_hostRef: string, options: CallOptions): Promise<string> {
    return this.#read(options, ({ host, work }) => hostCpu(host, { signal: work.signal }))
  }

  commonCpu(_hostRef: string, hostCpus: readonly string[], options: CallOptions): Promise<Pick<MachineSpec['cpu'], 'model' | 'features'>> {
    return this.#read(options, ({ host, work }) => commonCpu(host, hostCpus, { signal: work.signal }))
  }

  #read<T>(options: CallOptions, run: (context: BuildContext) => Promise<T>, machineRef: string | null = null): Promise<T> {
    return this.#call(null, machineRef, options, (work) => run({ ...this.#ports, work }))
  }
}

/** An original that is gone is named as such. */
function sourceOf(definition: MachineDefinition): string | null {
  return definition.kind === 'copy' ? definition.sourceRef : null
}
