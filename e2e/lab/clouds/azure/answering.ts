import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Fault, Faults } from '../faults.ts'
import { ArmError } from './parts.ts'
import type { ArmReply } from './wire.ts'

/** A request that is understood, and what would be answered. */
export interface Found {
  readonly operation: string
  readonly place: string | null
  readonly isToken: boolean
  readonly action: string | null
  readonly answer: () => ArmReply
}

/** A service of the loopback Azure, as it speaks. */
export interface Desk {
  find(request: IncomingMessage, url: URL, body: Buffer): Found
  /** The answer that a fault gives in the place of the right one; null: it gives none. */
  misfortune(fault: Fault, found: Found): ArmReply | null
  refuse(error: ArmError): ArmReply
}

/** Takes one request: what befalls it, what is answered. */
export async function attend(
  desk: Desk,
  faults: Faults,
  origin: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // a client that goes away while it sends has nothing to be answered
  const body = await buffer(request).catch(() => null)
  if (body === null) return
  const found = desk.find(request, new URL(request.url ?? '/', origin), body)
  const fault = faults.take(found.operation, found.place)
  if (fault?.do === 'hang') return
  if (fault?.do === 'reset') return void request.socket.destroy()
  const reply = (fault === null ? null : desk.misfortune(fault, found)) ?? answerOf(desk, found)
  // it is done at once, and told later
  if (fault?.do === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms))
  if (fault?.do === 'lose-reply') return void request.socket.destroy()
  const content = typeof reply.body === 'string' ? Buffer.from(reply.body) : (reply.body ?? Buffer.alloc(0))
  response.writeHead(reply.status, {
    ...(reply.body === null ? {} : { 'Content-Type': 'application/json; charset=utf-8' }),
    ...(reply.status === 204 ? {} : { 'Content-Length': content.length }),
    'Cache-Control': 'no-cache',
    'x-ms-request-id': randomUUID(),
    ...reply.headers,
  })
  if (fault?.do === 'half-reply') {
    response.write(content.subarray(0, Math.floor(content.length / 2)), () => request.socket.destroy())
    return
  }
  response.end(content)
}

function answerOf(desk: Desk, found: Found): ArmReply {
  try {
    return found.answer()
  } catch (error) {
    if (error instanceof ArmError) return desk.refuse(error)
    throw error
  }
}
