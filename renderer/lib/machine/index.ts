export { freshShape, type MachineStatus, machineStatus } from './status.ts'
