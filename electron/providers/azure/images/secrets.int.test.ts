import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { toWireError } from '../../../../shared/errors/index.ts'
import { failure } from '../../conformance/fixture.ts'
import { DiskBench, holed, piecesOf, UPLOAD } from './testing/disk-bench.ts'

let bench: DiskBench

beforeAll(async () => {
  bench = await DiskBench.start()
})
afterAll(() => bench.stop())
beforeEach(() => bench.open())
afterEach(() => bench.close())

it('no link, nor a part of one, is in a handle or an error; no token goes to its server', async () => {
  const told: string[] = []
  const note = (thrown: unknown) => void told.push(JSON.stringify(toWireError(thrown)), String(thrown), inspectDeep(thrown))
  const handle = await bench.begin('token-secret')
  told.push(handle)
  await bench.send(handle, holed())
  // a refusal that quotes what it was asked
  const quoted = decodeURIComponent(new URL(bench.world.blobs.given.at(-1) ?? '').searchParams.get('sig') ?? '')
  for (const [status, code] of [
    [403, 'AuthorizationFailure'],
    [400, 'InvalidInput'],
    [409, 'Conflict'],
    [416, 'InvalidPageRange'],
  ] as const) {
    bench.cloud.faults.add({ operation: UPLOAD, fault: { do: 'error', status, code, message: `The signature ${quoted} is odd.` } })
    await bench.into.write(handle, 0, piecesOf(holed()), {}).catch(note)
    bench.cloud.faults.clear()
  }
  bench.cloud.faults.add({ operation: UPLOAD, fault: { do: 'revoke' } })
  await bench.into.write(handle, 0, piecesOf(holed()), {}).catch(note)
  bench.cloud.faults.clear()
  await bench.into.discard(handle, {})
  expect(told).toHaveLength(16)
  const secrets = bench.world.blobs.given.flatMap((given) => {
    const url = new URL(given)
    return [url.search, url.pathname, url.searchParams.get('sig') ?? '', encodeURIComponent(url.searchParams.get('sig') ?? '')]
  })
  expect(secrets.filter((secret) => told.some((text) => text.includes(secret)))).toEqual([])
})

it('a link that is not https is not followed', async () => {
  const handle = await bench.begin('token-http')
  const { origin } = bench.world.blobs
  bench.world.blobs.origin = origin.replace('https:', 'http:')
  expect((await failure(bench.send(handle, holed()), 'protocol')).code).toBe('cloud.not-understood')
  bench.world.blobs.origin = origin
  await bench.into.discard(handle, {})
})

/** With causes and what hangs on them. */
function inspectDeep(thrown: unknown): string {
  const parts: string[] = []
  for (let at: unknown = thrown; at instanceof Error; at = at.cause) parts.push(at.stack ?? '', JSON.stringify(Object.entries(at)))
  return parts.join('\n')
}
