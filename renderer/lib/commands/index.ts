export { type Command, currentCommands, registerCommands, useCommands } from './commands.ts'
