import type { CheckMessage } from '../../../../shared/model/index.ts'
import type { Logger, ProviderConnection, ProviderPorts } from '../../provider.ts'
import { type SimulatedConfigInput, simulatedConfigSchema } from '../config.ts'
import type { SimulatedControls } from '../controls.ts'
import { createSimulation } from '../provider.ts'
import { createRacingClock, type RacingClock } from './racing-clock.ts'

const SILENT: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

export interface Peer {
  readonly clock: RacingClock
  readonly controls: SimulatedControls
  readonly connect: () => Promise<ProviderConnection>
  readonly check: () => AsyncIterable<CheckMessage>
}

/** A simulation of its own under a racing clock, gone with the test. */
export function createPeer(input: SimulatedConfigInput): Peer {
  const clock = createRacingClock()
  const { provider, controls } = createSimulation()
  const config = simulatedConfigSchema.parse(input)
  const ports: ProviderPorts = { clock, log: SILENT, dataDirectory: '/nowhere', homeDirectory: '/nowhere' }
  return {
    clock,
    controls: controls(config, clock),
    connect: () => provider.connect(config, {}, ports, {}),
    check: () => provider.check(config, {}, ports, {}),
  }
}
