export { machineName } from './name.ts'
export { cloudName, isPlace, unseenText, zoneOf } from './place.ts'
export { freshShape, type MachineStatus, machineStatus } from './status.ts'
export { isTagOfCloud, type TagLine, tagChange, tagLines, tagProblem, tagsOfLines } from './tag-lines.ts'
