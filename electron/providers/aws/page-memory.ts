import { createHash } from 'node:crypto'
import type { DescribeInstancesCommand } from '@aws-sdk/client-ec2'

/** What a page of a list said, and what was made of it. */
interface Page<T> {
  readonly digest: string
  readonly made: T
}

/** The answer of a page whose words are those of the last time. */
export class Unchanged<T> extends Error {
  readonly made: T
  readonly nextToken: string | undefined

  constructor(made: T, nextToken: string | undefined) {
    super('The page is as it was.')
    this.made = made
    this.nextToken = nextToken
  }
}

/** What differs in every answer, and says nothing of the machines. */
const OWN_WORDS = /<(requestId|nextToken)>([^<]*)<\/\1>/g

/** Every step of the library's has its own type; only the answer is of interest here. */
type Next = (args: never) => Promise<{ readonly response: unknown }>

/**
 * Remembers pages of machines by their digests. Reading the XML of a page takes many times as long as telling that it is the same as before,
 * and most of the time it is.
 */
export class PageMemory<T> {
  readonly #pages = new Map<string, Page<T>>()

  /**
   * Has the command throw {@link Unchanged} when its answer has the words of the page that is remembered by this key; else it is read as
   * usual. The answer remembers what was made of it.
   */
  watch(command: DescribeInstancesCommand, key: string): (made: T) => void {
    let digest = ''
    const middleware = (next: Next) => async (args: never) => {
      const result = await next(args)
      const response = result.response as { readonly statusCode?: number; body?: unknown }
      if (response.statusCode !== 200) return result
      const body = await wholeOf(response.body)
      response.body = body
      const said = digestOf(body.toString('utf8'))
      ;({ digest } = said)
      const before = this.#pages.get(key)
      if (before?.digest === digest) throw new Unchanged(before.made, said.nextToken)
      return result
    }
    command.middlewareStack.addRelativeTo(middleware as never, {
      name: 'novacronPageMemory',
      relation: 'after',
      toMiddleware: 'deserializerMiddleware',
    })
    return (made) => {
      if (digest !== '') this.#pages.set(key, { digest, made })
    }
  }

  forget(isGone: (key: string) => boolean): void {
    for (const key of this.#pages.keys()) if (isGone(key)) this.#pages.delete(key)
  }
}

/** Of all that an answer says but its own words. Empty where it cannot be told. */
function digestOf(text: string): { readonly digest: string; readonly nextToken: string | undefined } {
  let nextToken: string | undefined
  const words = text.replace(OWN_WORDS, (_, name: string, value: string) => {
    if (name === 'nextToken' && value !== '') nextToken = value
    return ''
  })
  // tokens are base64; one with entities is left to the library
  if (nextToken?.includes('&')) return { digest: '', nextToken }
  // whether another page follows belongs to what is said
  const digest = createHash('sha1')
    .update(words)
    .update(nextToken === undefined ? '.' : '…')
    .digest('base64')
  return { digest, nextToken }
}

async function wholeOf(body: unknown): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
