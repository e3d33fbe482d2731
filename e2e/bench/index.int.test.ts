import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const BENCH = fileURLToPath(new URL('index.ts', import.meta.url))

test.each(['false', 'true'])('a group that cannot run is no success: said at the end, figures still one array (CI=%s)', (CI) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BENCH, 'page', '--json'], {
    encoding: 'utf8',
    env: { ...process.env, CHROMIUM: '/nowhere/chromium', CI },
  })
  expect(status).toBe(1)
  expect(JSON.parse(stdout)).toEqual([])
  expect(stderr.trim().split('\n').at(-1)).toMatch(/^left out: page\. CHROMIUM names \/nowhere\/chromium, .*to provide it: /)
})
