export { machineName } from './name.ts'
export { freshShape, type MachineStatus, machineStatus } from './status.ts'
