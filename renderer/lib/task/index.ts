export { moveOf, movePlaces } from './move-task.ts'
export { leftMs, nativeCode, stepWord, taskNote, taskObject, taskTitle, taskVerb } from './task-words.ts'
export { type TransferParams, transferOf } from './transfer-task.ts'
