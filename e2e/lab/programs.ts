import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** `npm test` and `npm run int` have built before: bundles start in less than half the time. Vitest by hand takes the sources as they are. */
const place = (name: string): string => join(ROOT, process.env['NOVACRON_BUILT'] === '1' ? `out/${name}.js` : `electron/${name}.ts`)

/** The headless program. */
export const COORDINATOR = place('coordinator/index')
/** The command line. */
export const CLI = place('cli/index')
