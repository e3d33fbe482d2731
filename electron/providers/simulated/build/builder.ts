import type { BuildFinding, BuildPreview, CloneSource, MachineSpec } from '../../../../shared/model/index.ts'
import type { ActOptions, CallOptions, MachineBuilder, MachineDefinition } from '../../provider.ts'
import type { World } from '../world.ts'
import { defineRefused } from './build-problems.ts'
import type { Carrier } from './carrier.ts'
import { checkDefinition } from './check.ts'
import { cloneSourceOf } from './clone-source.ts'
import { commonCpuOf, hostCpuOf } from './host-cpu.ts'
import { defineMachine } from './new-machine.ts'
import { type Options, optionsOf } from './options.ts'
import { previewOf } from './preview.ts'
import { macsOf } from './shape-of.ts'

/** Makes machines at a simulated site, over one link. */
export class SimulatedBuilder implements MachineBuilder {
  readonly #world: World
  readonly #carrier: Carrier

  constructor(world: World, carrier: Carrier) {
    this.#world = world
    this.#carrier = carrier
  }

  options(hostRef: string, options: CallOptions): Promise<Options> {
    return this.#carrier.read(options, () => optionsOf(this.#world, hostRef))
  }

  check(hostRef: string, definition: MachineDefinition, count: number, options: CallOptions): Promise<readonly BuildFinding[]> {
    return this.#carrier.read(options, () => checkDefinition(this.#world, hostRef, definition, count))
  }

  preview(hostRef: string, definition: MachineDefinition, options: CallOptions): Promise<Omit<BuildPreview, 'name'>> {
    return this.#carrier.read(options, () => previewOf(this.#world, hostRef, definition))
  }

  define(hostRef: string, definition: MachineDefinition, options: ActOptions): Promise<void> {
    return this.#carrier.command('machine.define', options, () => {
      if (this.#world.failsByChance(`define ${hostRef}/${definition.name}`)) throw defineRefused(definition.name)
      defineMachine(this.#world, hostRef, definition)
    })
  }

  isDefined(hostRef: string, uuid: string, options: CallOptions): Promise<boolean> {
    return this.#carrier.read(options, () => this.#world.host(hostRef).machines.has(uuid))
  }

  macs(hostRef: string): ReadonlyMap<string, string> {
    const found = new Map<string, string>()
    for (const machine of this.#world.host(hostRef).machines.values()) {
      for (const mac of macsOf(machine)) found.set(mac, machine.facts.name)
    }
    return found
  }

  source(machineRef: string, options: CallOptions): Promise<Omit<CloneSource, 'machineId'>> {
    return this.#carrier.read(options, () => cloneSourceOf(this.#world, machineRef))
  }

  hostCpu(hostRef: string, options: CallOptions): Promise<string> {
    return this.#carrier.read(options, () => hostCpuOf(this.#world.host(hostRef)))
  }

  commonCpu(hostRef: string, hostCpus: readonly string[], options: CallOptions): Promise<Pick<MachineSpec['cpu'], 'model' | 'features'>> {
    return this.#carrier.read(options, () => {
      this.#world.host(hostRef)
      return commonCpuOf(hostCpus)
    })
  }
}
