export { machineName } from './name.ts'
export { isPlace, unseenText } from './place.ts'
export { freshShape, type MachineStatus, machineStatus } from './status.ts'
export { isTagOfCloud, type TagLine, tagChange, tagLines, tagProblem, tagsOfLines } from './tag-lines.ts'
