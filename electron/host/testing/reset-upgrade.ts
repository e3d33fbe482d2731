import { connect, type NetConnectOpts } from 'node:net'

const UPGRADE = 'GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

/** Asks for a WebSocket without any right to it and breaks the connection, before the refusal or when its first byte is there. */
export function resetDuringUpgrade(target: NetConnectOpts, when: 'before the refusal' | 'on the refusal'): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = connect(target)
    // a pipe has no reset: there the far side finds out when it writes
    const breakOff = () => ('path' in target ? client.destroy() : client.resetAndDestroy())
    client.once('error', reject)
    client.once('close', () => resolve())
    client.once('connect', () => {
      client.write(UPGRADE)
      if (when === 'before the refusal') breakOff()
      else client.once('data', breakOff)
    })
  })
}
