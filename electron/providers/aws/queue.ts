/** A queue of SQS that EventBridge puts events of machines into. */
export interface QueueAddress {
  readonly url: string
  /** Where the queue is; its events may be of any region. */
  readonly region: string
  readonly account: string
  readonly name: string
}

const HOST = /^sqs\.([a-z]{2,}(?:-[a-z]+)+-\d+)\.amazonaws\.com(\.cn)?$/
/** Stand-ins for AWS write `/queue/<region>` before it, as their host does not tell the region. */
const PATH = /^(?:\/queue\/([a-z]{2,}(?:-[a-z]+)+-\d+))?\/(\d{12})\/([A-Za-z0-9_-]{1,80}(?:\.fifo)?)$/

/**
 * Null: it is no queue of the server that the account is about. Requests are signed and sent by region and never to the host in the address;
 * one with another host is a mistake all the same. `homeRegion` is that of a queue whose address does not tell it.
 */
export function queueAt(url: string, endpoint: string | undefined, homeRegion: string): QueueAddress | null {
  if (!URL.canParse(url)) return null
  const { protocol, hostname, pathname, origin, port, search, hash, username, password } = new URL(url)
  const [, pathRegion, account = '', name = ''] = PATH.exec(pathname) ?? []
  if (name === '' || `${search}${hash}${username}${password}` !== '') return null
  if (endpoint !== undefined) {
    return origin === new URL(endpoint).origin ? { url, account, name, region: pathRegion ?? homeRegion } : null
  }
  const [, region, chinese] = HOST.exec(hostname) ?? []
  if (protocol !== 'https:' || port !== '' || region === undefined || pathRegion !== undefined) return null
  return region.startsWith('cn-') === (chinese !== undefined) ? { url, account, name, region } : null
}

export function queueArn({ region, account, name }: QueueAddress): string {
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
  return `arn:${partition}:sqs:${region}:${account}:${name}`
}
