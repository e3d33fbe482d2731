import type { MachineConsole } from '../../../shared/model/index.ts'
import type { ConsoleRequest, ProviderConsole } from '../provider.ts'
import type { SimulatedMachine } from './fleet.ts'
import * as problems from './problems.ts'

/** The consoles of a simulated machine. */
export function listConsoles(_machine: SimulatedMachine): readonly MachineConsole[] {
  return []
}

export function openConsole(machine: SimulatedMachine, _request: ConsoleRequest): ProviderConsole {
  throw problems.noSuchConsole(machine)
}
