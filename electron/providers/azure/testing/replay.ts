import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import { serverCertificate } from '../../../../e2e/lab/clouds/azure/certificates.ts'

const answersSchema = z.array(
  z.object({
    /** Method and path; case does not count. */
    request: z.string(),
    /** Parameters it has to have; of several answers that fit, the one that asks for most. */
    query: z.record(z.string(), z.string()).default({}),
    status: z.number().default(200),
    headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
    body: z.unknown(),
  }),
)
type Answer = z.infer<typeof answersSchema>[number]

export interface Replay {
  readonly endpoint: string
  /** PEM of the authority to trust. */
  readonly ca: string
  /** Requests for which there was no answer. */
  readonly unanswered: readonly string[]
  stop(): Promise<void>
}

/** A server that knows nothing and answers from a file, in the shape in which the real service was once recorded. Logs in anybody. */
export async function startReplay(file: URL): Promise<Replay> {
  const answers = answersSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  const { ca, cert, key } = await serverCertificate()
  const unanswered: string[] = []
  let endpoint = ''
  const server = createServer({ cert, key }, (request, response) => {
    const url = new URL(request.url ?? '/', endpoint)
    const login = loginAnswer(url, endpoint)
    const found = login ?? find(answers, request, url)
    if (found === null) unanswered.push(`${request.method} ${request.url}`)
    send(response, found ?? NOTHING, endpoint)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    endpoint,
    ca,
    unanswered,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }
const NOTHING: Answer = {
  request: '',
  query: {},
  status: 404,
  headers: JSON_TYPE,
  body: { error: { code: 'ResourceNotFound', message: 'Nobody recorded that.' } },
}

function find(answers: readonly Answer[], { method }: IncomingMessage, url: URL): Answer | null {
  const asked = `${method} ${decodeURIComponent(url.pathname)}`.toLowerCase()
  const fitting = answers.filter(
    ({ request, query }) =>
      request.toLowerCase() === asked && Object.entries(query).every(([name, value]) => url.searchParams.get(name) === value),
  )
  return fitting.toSorted((a, b) => Object.keys(b.query).length - Object.keys(a.query).length)[0] ?? null
}

function send(response: ServerResponse, { status, headers, body }: Answer, endpoint: string): void {
  const text = JSON.stringify(body).replaceAll('{origin}', endpoint)
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) }).end(text)
}

function loginAnswer({ pathname }: URL, endpoint: string): Answer | null {
  const tenant = /^\/([0-9a-f-]{36})\//.exec(pathname)?.[1]
  if (tenant === undefined) return null
  const at = `${endpoint}/${tenant}`
  const isToken = pathname.endsWith('/oauth2/v2.0/token')
  const body = isToken
    ? { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: 'recorded' }
    : {
        token_endpoint: `${at}/oauth2/v2.0/token`,
        authorization_endpoint: `${at}/oauth2/v2.0/authorize`,
        issuer: `${at}/v2.0`,
        jwks_uri: at,
      }
  return { request: pathname, query: {}, status: 200, headers: JSON_TYPE, body }
}
