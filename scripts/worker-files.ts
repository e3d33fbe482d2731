import { globSync } from 'node:fs'
import { basename } from 'node:path'
import type { Plugin } from 'vite'

const WORKER_URL = /new URL\((['"])\.{1,2}\/(?:[a-z0-9./-]*\/)?([a-z-]+-worker)\.ts\1, import\.meta\.url\)/g

/**
 * Worker threads are files of their own. From the sources `new URL('./NAME-worker.ts', import.meta.url)` finds them; in the bundles,
 * which all lie one folder deep in out/, they are out/workers/NAME-worker.js.
 */
export function workerFiles(): Plugin {
  return {
    name: 'novacron:worker-files',
    transform(code) {
      if (!code.includes('-worker.ts')) return null
      return { code: code.replaceAll(WORKER_URL, "new URL('../workers/$2.js', import.meta.url)"), map: null }
    },
  }
}

/** The clouds of the demo are those that the tests use: nothing of the product imports them, they are a program of their own. */
const DEMO_CLOUDS = 'e2e/lab/clouds/demo-clouds-worker.ts'

/** Build entries of all worker threads: `workers/NAME-worker` to its source. */
export function workerEntries(): Record<string, string> {
  return Object.fromEntries(globSync(['electron/**/*-worker.ts', DEMO_CLOUDS]).map((file) => [`workers/${basename(file, '.ts')}`, file]))
}
