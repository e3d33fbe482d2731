import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as later } from 'node:timers/promises'
import { type Fault, Faults } from '../faults.ts'
import { EBS_OPERATIONS, EbsRefusal, ebsOperation } from './ebs.ts'
import { EC2_OPERATIONS } from './ec2.ts'
import { JSON_OPERATIONS } from './json-services.ts'
import { Keys, notKnown, OPERATOR } from './keys.ts'
import type { AccessKey, Signed } from './signature.ts'
import { answerSqs, refuseSqs } from './sqs.ts'
import { AwsRefusal, Params, RawXml, writeXml, type XmlValue } from './wire.ts'
import { AwsWorld } from './world.ts'

export interface AwsCloudOptions {
  readonly machines?: number
  readonly seed?: number
  /** Regions with machines in them: 1 to 4. */
  readonly regions?: number
  /** How long a machine is pending, stopping or shutting down. */
  readonly transitionMs?: number
  /** How long lists do not know of a change. */
  readonly staleMs?: number
  /** The cloud's clock goes so much before this computer's. */
  readonly clockOffsetMs?: number
  /** The cloud's clock, for tests that own time; it must stay within minutes of this computer's, as signatures carry the time. */
  readonly nowMs?: () => number
  /** Without it a caller cannot tell that its clock is wrong. */
  readonly saysDate?: boolean
}

export interface AwsCloud {
  /** `http://127.0.0.1:PORT`, for all services and regions. */
  readonly endpoint: string
  readonly faults: Faults
  readonly world: AwsWorld
  readonly keys: Keys
  /** Of a user who may do everything. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** As emulators do that take a dry run for the real thing. */
  ignoresDryRuns: boolean
  /** Every connection breaks off, and so does every one that is made, until the answer is called. */
  cut(): () => void
  stop(): Promise<void>
}

interface Reply {
  readonly status: number
  readonly type: string
  readonly body: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
}

interface Asked {
  readonly signed: Signed
  readonly key: AccessKey
  readonly operation: string
  readonly request: IncomingMessage
  readonly url: URL
  readonly body: Buffer
  readonly params: Params
  readonly requestId: string
}

const SQS_TYPE = 'application/x-amz-json-1.0'
const EC2_NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/'
const STS_NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'

/** A loopback AWS: EC2, EBS, STS, CloudWatch, SSM, SQS, the price list and Cost Explorer on one port, told apart by what requests are signed for. */
export async function startAwsCloud(options: AwsCloudOptions = {}): Promise<AwsCloud> {
  const { machines = 40, seed = 1, regions = 3, transitionMs = 300, staleMs = 0, clockOffsetMs = 0, saysDate = true } = options
  const { nowMs = () => Date.now() + clockOffsetMs } = options
  const world = new AwsWorld({ machines, seed, regions, transitionMs, staleMs, nowMs })
  const keys = new Keys(world)
  const faults = new Faults()
  let requests = 0
  let isCut = false

  const server = createServer({ keepAlive: true }, (request, response) => {
    if (isCut) {
      request.socket.destroy()
      return
    }
    response.sendDate = false
    if (saysDate) response.setHeader('Date', new Date(nowMs()).toUTCString())
    void handle(request, response)
  })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bytesOf(request)
    if (body === null) return
    requests += 1
    const requestId = `00000000-0000-4000-9000-${requests.toString(16).padStart(12, '0')}`
    const url = new URL(request.url ?? '/', 'http://localhost')
    const isEbs = /^\/snapshots(\/|$)/.test(url.pathname)
    const target = String(request.headers['x-amz-target'] ?? '')
    const isForm = target === '' && !isEbs
    const params = new Params(isForm ? new Map(new URLSearchParams(body.toString('utf8'))) : new Map())
    const operation = isEbs
      ? ebsOperation(request.method ?? '', url.pathname)
      : isForm
        ? (params.get('Action') ?? '')
        : target.slice(target.lastIndexOf('.') + 1)
    let service = isEbs ? 'ebs' : isForm ? 'ec2' : 'json'
    let fault: Fault | null = null
    let reply: Reply
    try {
      if (url.pathname === '/federation/credentials') {
        const token = request.headers['x-amz-sso_bearer_token']
        const found = keys.roleCredentials(typeof token === 'string' ? token : undefined, url.searchParams)
        send(response, { status: 200, type: 'application/json', body: JSON.stringify(found) }, requestId, false)
        return
      }
      const who = keys.verify({ method: request.method ?? 'POST', path: request.url ?? '/', headers: request.headers, body })
      service = who.signed.service
      fault = faults.take(operation, who.signed.region)
      if (fault?.do === 'hang') return
      if (fault?.do === 'reset') return void request.socket.destroy()
      befall(fault, service, { operation, arn: who.key.arn })
      reply =
        service === 'sqs'
          ? { status: 200, type: SQS_TYPE, body: await sqs(who.signed.region, operation, body, response) }
          : answer({ ...who, operation, request, url, body, params, requestId })
    } catch (thrown) {
      reply = refuse(thrown, service, requestId, fault)
    }
    if (fault?.do === 'delay') await later(fault.ms)
    if (fault?.do === 'lose-reply') return void request.socket.destroy()
    send(response, reply, requestId, fault?.do === 'half-reply')
  }

  /** Refuses what the fault says shall be refused. */
  function befall(fault: Fault | null, service: string, by: { readonly operation: string; readonly arn: string }): void {
    if (fault?.do === 'error') throw new AwsRefusal(fault.status, fault.code, fault.message)
    if (fault?.do === 'revoke') throw notKnown(service)
    if (fault?.do === 'throttle') {
      if (service === 'ec2') throw new AwsRefusal(503, 'RequestLimitExceeded', 'Request limit exceeded.')
      if (service === 'ebs') throw new EbsRefusal('RequestThrottledException', 'ACCOUNT_THROTTLED', 'Rate exceeded')
      throw new AwsRefusal(400, service === 'sts' ? 'Throttling' : 'ThrottlingException', 'Rate exceeded')
    }
    if (fault?.do !== 'deny') return
    const words = `User: ${by.arn} is not authorized to perform: ${service}:${by.operation}`
    if (service === 'ec2') throw new AwsRefusal(403, 'UnauthorizedOperation', `You are not authorized to perform this operation. ${words}`)
    if (service === 'ebs') throw new EbsRefusal('AccessDeniedException', 'UNAUTHORIZED_ACCOUNT', words)
    throw service === 'sts' ? new AwsRefusal(403, 'AccessDenied', words) : new AwsRefusal(400, 'AccessDeniedException', words)
  }

  async function sqs(region: string, operation: string, body: Buffer, response: ServerResponse): Promise<string> {
    const input = JSON.parse(body.toString('utf8')) as Readonly<Record<string, unknown>>
    return JSON.stringify(await answerSqs({ world, region, operation, input, isGone: () => response.closed || response.destroyed }))
  }

  function answer({ signed, key, operation, request, url, body, params, requestId }: Asked): Reply {
    if (signed.service === 'sts')
      return stsAnswer(operation, requestId, operation === 'AssumeRole' ? keys.assume(params, key) : identity(operation, key))
    const region = world.regions.get(signed.region)
    if (!region || region.optIn === 'not-opted-in') throw notKnown(signed.service)
    region.settle()
    if (signed.service === 'ebs') {
      const run = EBS_OPERATIONS[operation]
      if (!run) throw new AwsRefusal(404, 'UnknownOperationException', '')
      return { type: 'application/json', ...run({ region, url, headers: request.headers, body, tokenMs: world.blockTokenMs }) }
    }
    if (signed.service !== 'ec2') {
      const run = JSON_OPERATIONS[operation]
      if (!run) throw new AwsRefusal(400, 'UnknownOperationException', '')
      const input = JSON.parse(body.toString('utf8') || '{}') as Readonly<Record<string, unknown>>
      return { status: 200, type: 'application/x-amz-json-1.1', body: JSON.stringify(run({ operation, region, world, input })) }
    }
    const run = EC2_OPERATIONS[operation]
    if (!run) throw new AwsRefusal(400, 'InvalidAction', `The action ${operation} is not valid for this web service.`)
    if (params.flag('DryRun') && !cloud.ignoresDryRuns)
      throw new AwsRefusal(412, 'DryRunOperation', 'Request would have succeeded, but DryRun flag is set.')
    const content = writeXml(run({ operation, params, region, world }))
    return xmlReply(`<${operation}Response xmlns="${EC2_NAMESPACE}"><requestId>${requestId}</requestId>${content}</${operation}Response>`)
  }

  function identity(operation: string, key: AccessKey): XmlValue {
    if (operation !== 'GetCallerIdentity')
      throw new AwsRefusal(400, 'InvalidAction', `Could not find operation ${operation} for version 2011-06-15`)
    return { UserId: key.sessionToken === null ? 'AIDALOOPBACK' : 'AROALOOPBACK:session', Account: key.account, Arn: key.arn }
  }

  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const cloud: AwsCloud = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ignoresDryRuns: false,
    faults,
    world,
    keys,
    credentials: { accessKeyId: OPERATOR.id, secretAccessKey: OPERATOR.secret },
    cut: () => {
      isCut = true
      server.closeAllConnections()
      return () => {
        isCut = false
      }
    },
    stop: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
  return cloud
}

function xmlReply(body: string, status = 200): Reply {
  return { status, type: 'text/xml;charset=UTF-8', body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}` }
}

function stsAnswer(operation: string, requestId: string, result: XmlValue): Reply {
  const content = writeXml({ [`${operation}Result`]: result, ResponseMetadata: { RequestId: requestId } }, 'member')
  return xmlReply(`<${operation}Response xmlns="${STS_NAMESPACE}">${content}</${operation}Response>`)
}

/** In the words of the service; a mistake of the loopback cloud itself is an internal error, with its stack in the message. */
/** Null: whoever asked has gone before all was said. */
async function bytesOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer)
  } catch {
    return null
  }
  return Buffer.concat(chunks)
}

function refuse(thrown: unknown, service: string, requestId: string, fault: Fault | null): Reply {
  const refusal =
    thrown instanceof AwsRefusal
      ? thrown
      : new AwsRefusal(500, 'InternalError', thrown instanceof Error ? String(thrown.stack) : String(thrown))
  const { status, code, message } = refusal
  const headers = fault?.do === 'throttle' && fault.retryAfterS !== undefined ? { 'Retry-After': String(fault.retryAfterS) } : {}
  if (service === 'ec2') {
    return {
      ...xmlReply(
        `<Response>${writeXml({ Errors: { Error: { Code: code, Message: message } }, RequestID: requestId })}</Response>`,
        status,
      ),
      headers,
    }
  }
  if (service === 'sqs') return { status, type: SQS_TYPE, ...refuseSqs(refusal, headers) }
  if (service === 'sts') {
    const error = writeXml({ Error: { Type: 'Sender', Code: code, Message: message }, RequestId: requestId })
    return { ...xmlReply(writeXml(new RawXml(`<ErrorResponse xmlns="${STS_NAMESPACE}">${error}</ErrorResponse>`)), status), headers }
  }
  if (service === 'ebs') {
    const reason = refusal instanceof EbsRefusal && refusal.reason !== null ? { Reason: refusal.reason } : {}
    return {
      status,
      type: 'application/json',
      body: JSON.stringify({ Message: message, ...reason }),
      headers: { ...headers, 'x-amzn-ErrorType': code },
    }
  }
  return { status, type: 'application/x-amz-json-1.1', body: JSON.stringify({ __type: code, message }), headers }
}

function send(response: ServerResponse, reply: Reply, requestId: string, half: boolean): void {
  const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body
  response.writeHead(reply.status, {
    'Content-Type': reply.type,
    ...reply.headers,
    'Content-Length': body.length,
    'x-amzn-RequestId': requestId,
  })
  if (!half) return void response.end(body)
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.destroy())
}
