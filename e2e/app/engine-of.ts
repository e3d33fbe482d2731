import { type ClientConnection, connectEngine } from '../../electron/api/client.ts'
import { findEndpoint } from '../../electron/host/control.ts'
import type { Server } from './server.ts'

/** The engine of a server, over its control socket, as the command line reaches it. Throws Error: the server has none, or does not answer. */
export async function engineOf({ dataDirectory }: Pick<Server, 'dataDirectory'>): Promise<ClientConnection> {
  const endpoint = await findEndpoint(dataDirectory)
  if (endpoint === null) throw new Error('the server has no control socket')
  return await connectEngine({ url: `ws+unix:${endpoint.socket}:/ws`, headers: { authorization: `Bearer ${endpoint.token}` } })
}
