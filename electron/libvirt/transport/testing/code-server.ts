import { generateKeyPairSync } from 'node:crypto'
import { connect } from 'node:net'
import ssh2, { type AuthContext, type Connection } from 'ssh2'

export interface CodeServerOptions {
  /** Null: only the code is asked for, hidden as a password would be. */
  readonly password: string | null
  /** Each is good once. */
  readonly codes: readonly string[]
  /** Where every forwarded socket ends. */
  readonly socketPath: string
}

/** An SSH server that asks for a password and a one-time code by keyboard-interactive, and says only after both whether it is content. */
export interface CodeServer {
  readonly port: number
  /** Logins that were refused, or left before the end. */
  readonly refused: () => number
  /** Hangs up on everybody. */
  dropAll(): void
  close(): Promise<void>
}

export async function startCodeServer(options: CodeServerOptions): Promise<CodeServer> {
  const codes = new Set(options.codes)
  const clients = new Set<Connection>()
  let refused = 0
  // Not by the ssh library: one in two hundred of its ed25519 keys it cannot read itself.
  const hostKey = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({ type: 'sec1', format: 'pem' })
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    clients.add(client)
    client.on('error', () => undefined)
    client.on('close', () => clients.delete(client))
    client.on('authentication', (context: AuthContext) => {
      if (context.method !== 'keyboard-interactive') {
        context.reject(['keyboard-interactive'])
        return
      }
      refused += 1
      if (options.password === null) {
        context.prompt([{ prompt: 'Verification code: ', echo: false }], ([code]) => {
          if (code === undefined || !codes.delete(code)) {
            context.reject(['keyboard-interactive'])
            return
          }
          refused -= 1
          context.accept()
        })
        return
      }
      context.prompt([{ prompt: 'Password: ', echo: false }], ([password]) => {
        context.prompt([{ prompt: 'Code: ', echo: true }], 'Second factor', 'Look at your token.', ([code]) => {
          const isRight = password === options.password && code !== undefined && codes.delete(code)
          if (!isRight) {
            context.reject(['keyboard-interactive'])
            return
          }
          refused -= 1
          context.accept()
        })
      })
    })
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec) => {
        const channel = acceptExec()
        channel.exit(0)
        channel.end()
      })
    })
    client.on('openssh.streamlocal', (accept) => {
      const channel = accept()
      const socket = connect(options.socketPath)
      socket.on('error', () => channel.destroy())
      channel.on('error', () => socket.destroy())
      channel.pipe(socket).pipe(channel)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as { readonly port: number }
  return {
    port,
    refused: () => refused,
    dropAll: () => {
      for (const client of clients) client.end()
    },
    close: async () => {
      for (const client of clients) client.end()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}
