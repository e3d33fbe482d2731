export { type SimulatedConfig, type SimulatedConfigInput, simulatedConfigSchema } from './config.ts'
export type { SimulatedControls } from './controls.ts'
export { demoConnections } from './demo.ts'
export { createSimulation, type Simulation, simulatedProvider, simulation } from './provider.ts'
