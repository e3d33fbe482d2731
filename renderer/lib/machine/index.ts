export { isPlace, unseenText } from './place.ts'
export { freshShape, type MachineStatus, machineStatus } from './status.ts'
