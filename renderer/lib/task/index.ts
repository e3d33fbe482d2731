export { nativeCode, stepWord, taskNote, taskObject, taskTitle, taskVerb } from './task-words.ts'
