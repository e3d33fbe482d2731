import { parseArgs } from 'node:util'
import { type CloudName, startClouds } from './start.ts'

/**
 * Loopback clouds in a process of their own: `node e2e/lab/clouds/serve.ts --aws 5000 --azure 5000 --gcp 5000 [--transition 300]`. Prints one
 * line of JSON with how to reach them, and ends with its standard input.
 */
const { values } = parseArgs({
  options: {
    aws: { type: 'string' },
    azure: { type: 'string' },
    gcp: { type: 'string' },
    seed: { type: 'string', default: '1' },
    transition: { type: 'string', default: '300' },
  },
})

const machines: Partial<Record<CloudName, number>> = {}
for (const name of ['aws', 'azure', 'gcp'] as const) if (values[name] !== undefined) machines[name] = Number(values[name])
const running = await startClouds({ machines, seed: Number(values.seed), transitionMs: Number(values.transition) })
process.stdout.write(`${JSON.stringify({ ca: running.ca, clouds: running.clouds })}\n`)
process.stdin.resume()
process.stdin.once('end', () => void running.stop().then(() => process.exit(0)))
