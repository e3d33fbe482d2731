import { parentPort } from 'node:worker_threads'
import { startClouds } from './start.ts'

/** The clouds of the demo fleet: a thread of the console that has them. Ends with it. */
const { ca, clouds } = await startClouds({ machines: { aws: 420, azure: 260, gcp: 180 }, seed: 11, transitionMs: 8_000 })
const accounts = Object.entries(clouds).map(([id, { config, secrets }]) => [id, { there: config, secrets }] as const)
const ready = { ca, clouds: Object.fromEntries(accounts) }
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(ready)
