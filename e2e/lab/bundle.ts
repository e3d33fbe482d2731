import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Makes one file of a program that a test starts a hundred times, and says where it is. Native code stays where it is installed. */
export async function bundleProgram(entry: string, name: string): Promise<string> {
  const outDir = join(ROOT, 'node_modules/.cache/novacron/programs')
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    publicDir: false,
    ssr: { noExternal: true, external: ['better-sqlite3'] },
    build: { ssr: true, target: 'node24', outDir, emptyOutDir: false, rollupOptions: { input: { [name]: entry } } },
  })
  return join(outDir, `${name}.js`)
}
