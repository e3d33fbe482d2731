import { MESSAGE_LINES, PROCEDURE_LINES, QEMU_PROGRAM, REMOTE_PROGRAM } from './generated/procedures.ts'
import type { MessageMap, ProcedureMap, StreamProcedureName } from './generated/types.ts'

export type ProcedureName = keyof ProcedureMap
export type MessageName = keyof MessageMap
/** The procedures that `call` takes; the others need `openStream`. */
export type CallName = Exclude<ProcedureName, StreamProcedureName>
export type ProcedureArgs<P extends ProcedureName> = ProcedureMap[P]['args']
export type ProcedureRet<P extends ProcedureName> = ProcedureMap[P]['ret']

/** Which part of a host a procedure belongs to. With split daemons each part has its own socket. */
export type ProcedureGroup = 'connection' | 'hypervisor' | 'interface' | 'network' | 'node-device' | 'nwfilter' | 'secret' | 'storage'

/** A row of the procedure table. */
export interface ProcedureRow {
  readonly name: ProcedureName
  readonly program: number
  readonly number: number
  /** Type names for the codec, undefined where nothing travels. */
  readonly args: string | undefined
  readonly ret: string | undefined
  /** Set where the call opens a stream; a console is declared `read` and can be written all the same. */
  readonly stream: 'read' | 'write' | undefined
  /** `read`: calling it twice changes nothing, so a lost reply leaves no doubt about the host's state. */
  readonly access: 'read' | 'write'
  readonly group: ProcedureGroup
}

/** A row of the table of messages that the daemon sends on its own. */
export interface MessageRow {
  readonly name: MessageName
  readonly program: number
  readonly number: number
  readonly message: string
}

let procedures: ReadonlyMap<string, ProcedureRow> | undefined
let messageRows: readonly MessageRow[] | undefined
let messages: ReadonlyMap<number, MessageRow> | undefined

function programNumber(name: string | undefined): number {
  return name === 'qemu' ? QEMU_PROGRAM : REMOTE_PROGRAM
}

function parseProcedures(): ReadonlyMap<string, ProcedureRow> {
  const rows = PROCEDURE_LINES.split('\n').map((line): [string, ProcedureRow] => {
    const [name = '', program, number, args, ret, stream, access, group] = line.split(' ')
    const row: ProcedureRow = {
      name: name as ProcedureName,
      program: programNumber(program),
      number: Number(number),
      args: args === '-' ? undefined : args,
      ret: ret === '-' ? undefined : ret,
      stream: stream === 'read' || stream === 'write' ? stream : undefined,
      access: access === 'read' ? 'read' : 'write',
      group: group as ProcedureGroup,
    }
    return [name, row]
  })
  return new Map(rows)
}

/** Every procedure that can be called, by name. */
export function procedureTable(): ReadonlyMap<string, ProcedureRow> {
  procedures ??= parseProcedures()
  return procedures
}

/** The row of one procedure. Throws TypeError for a name that is not in the table. */
export function procedureRow(name: ProcedureName): ProcedureRow {
  const row = procedureTable().get(name)
  if (row === undefined) throw new TypeError(`no libvirt procedure ${name}`)
  return row
}

function messageKey(program: number, number: number): number {
  return (program === QEMU_PROGRAM ? 0x10_000 : 0) + number
}

function parseMessages(): readonly MessageRow[] {
  return MESSAGE_LINES.split('\n').map((line) => {
    const [name, program, number, message = ''] = line.split(' ')
    return { name: name as MessageName, program: programNumber(program), number: Number(number), message }
  })
}

/** Every message that a daemon sends on its own. */
export function messageTable(): readonly MessageRow[] {
  messageRows ??= parseMessages()
  return messageRows
}

/** The row of a message by its numbers; undefined when the table does not know it (a newer daemon). */
export function messageRow(program: number, number: number): MessageRow | undefined {
  messages ??= new Map(messageTable().map((row) => [messageKey(row.program, row.number), row]))
  return messages.get(messageKey(program, number))
}
