import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const BENCH = fileURLToPath(new URL('index.ts', import.meta.url))
const DOCUMENTATION = new URL('../../docs/BENCHMARKS.md', import.meta.url)

test.each(['false', 'true'])('a group that cannot run is no success: said at the end, figures still one array (CI=%s)', (CI) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BENCH, 'page', '--json'], {
    encoding: 'utf8',
    env: { ...process.env, CHROMIUM: '/nowhere/chromium', CI },
  })
  expect(status).toBe(1)
  expect(JSON.parse(stdout)).toEqual([])
  expect(stderr.trim().split('\n').at(-1)).toMatch(/^left out: page\. CHROMIUM names \/nowhere\/chromium, .*to provide it: /)
})

test('every group can be asked for, and the documentation says what it needs and measures', async () => {
  const { status, stderr } = spawnSync(process.execPath, [BENCH, 'no-such-group'], { encoding: 'utf8' })
  expect(status).toBe(2)
  const groups = /There are: (.*)\n/.exec(stderr)?.[1]?.split(', ') ?? []
  expect(groups).toEqual(expect.arrayContaining(['libvirt', 'engine', 'page', 'storage', 'topology', 'hardware', 'snapshots', 'watching']))
  const text = await readFile(DOCUMENTATION, 'utf8')
  const table = text.slice(text.indexOf('| group |'), text.indexOf('How they are taken'))
  expect(new Set([...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name))).toEqual(new Set(groups))
})
