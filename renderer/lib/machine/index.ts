export { isPlace, unseenText } from './place.ts'
export { freshShape, type MachineStatus, machineStatus } from './status.ts'
export { type TagLine, tagChange, tagLines, tagProblem, tagsOfLines } from './tag-lines.ts'
