import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Faults } from '../faults.ts'
import { attend, type Desk } from './answering.ts'
import { BlobDesk } from './blob-desk.ts'
import { makeLoginCertificate, serverCertificate } from './certificates.ts'
import { Doorman } from './doorman.ts'
import { Tokens } from './tokens.ts'
import { AzureWorld } from './world.ts'

export interface AzureCloudOptions {
  readonly machines?: number
  readonly seed?: number
  readonly subscriptions?: number
  /** How long a change of state takes. */
  readonly transitionMs?: number
  /** So long a change is missing from the lists. */
  readonly lagMs?: number
  readonly pageSize?: number
  /** Told with long operations; absent: nothing is told. */
  readonly retryAfterS?: number
  readonly tokenLifetimeS?: number
  /** Makes a certificate that the application can log in with. */
  readonly loginCertificate?: boolean
}

/** A loopback Azure: Resource Manager, Entra ID's token endpoint and the price list, under one origin; the bytes of disks under another. */
export interface AzureCloud {
  /** Of Resource Manager, of the token endpoint and of the price list alike. */
  readonly endpoint: string
  /** PEM of the authority to trust. */
  readonly ca: string
  readonly tenantId: string
  readonly clientId: string
  readonly clientSecret: string
  /** PEM with key and certificate; null: it was not asked for. */
  readonly certificate: string | null
  readonly faults: Faults
  readonly world: AzureWorld
  readonly tokens: Tokens
  /** Links to further pages lead to that origin from now on; null: here again. */
  misleadTo(origin: string | null): void
  /** The service that has the bytes of disks, on a server of its own. */
  readonly blobs: BlobDesk
  /** Requests for blobs that carried a token of Resource Manager, which is nobody's business there. */
  readonly leaks: () => number
  /** The network fails: what is open breaks off, and nothing gets through any more. */
  cut(): void
  readonly settings: { pageSize: number; knowsStatusOnly: boolean }
  stop(): Promise<void>
}

const TENANT_ID = '11111111-2222-4333-8444-555555555555'
const CLIENT_ID = '66666666-7777-4888-8999-aaaaaaaaaaaa'
const CLIENT_SECRET = 'correct horse battery staple'

/** Starts one on a free port of 127.0.0.1. */
export async function startAzureCloud(options: AzureCloudOptions = {}): Promise<AzureCloud> {
  const { machines = 20, seed = 1, subscriptions = 2, transitionMs = 300, lagMs = 0, pageSize = 250, tokenLifetimeS = 3600 } = options
  const [{ ca, cert, key }, certificate] = await Promise.all([
    serverCertificate(),
    options.loginCertificate === true ? makeLoginCertificate() : null,
  ])
  const world = new AzureWorld({ machines, seed, subscriptions, transitionMs, lagMs })
  const tokens = new Tokens(TENANT_ID, { clientId: CLIENT_ID, secret: CLIENT_SECRET, certificate }, tokenLifetimeS)
  const faults = new Faults()
  const [server, blobServer] = await Promise.all([listening(cert, key), listening(cert, key)])
  const endpoint = originOf(server)
  world.blobs.origin = originOf(blobServer)
  const settings = {
    pageSize,
    retryAfterS: options.retryAfterS ?? null,
    nextLinkOrigin: null as string | null,
    origin: endpoint,
    knowsStatusOnly: true,
  }
  const doorman = new Doorman(world, tokens, settings)
  const blobs = new BlobDesk(world.blobs)
  const open = (of: Server, desk: Desk, origin: string) =>
    of.on('request', (request: IncomingMessage, response: ServerResponse) => void attend(desk, faults, origin, request, response))
  open(server, doorman, endpoint)
  open(blobServer, blobs, world.blobs.origin)
  return {
    endpoint,
    ca,
    tenantId: TENANT_ID,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    certificate,
    faults,
    world,
    tokens,
    misleadTo: (origin) => {
      settings.nextLinkOrigin = origin
    },
    blobs,
    leaks: () => doorman.leaks + blobs.leaks,
    cut: () => {
      faults.clear()
      faults.add({ fault: { do: 'reset' } })
      for (const each of [server, blobServer]) each.closeAllConnections()
    },
    settings,
    stop: async () => {
      world.stop()
      await Promise.all(
        [server, blobServer].map((each) => {
          const closed = new Promise((resolve) => each.close(resolve))
          each.closeAllConnections()
          return closed
        }),
      )
    },
  }
}

async function listening(cert: string, key: string): Promise<Server> {
  const server = createServer({ cert, key })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

function originOf(server: Server): string {
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}
