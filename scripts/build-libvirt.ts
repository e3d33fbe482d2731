/**
 * Builds node-libvirt as a package of its own: `npm run build:libvirt`, then `npm publish dist/node-libvirt`. JavaScript and declarations
 * of electron/libvirt, all that its index reaches and nothing else, beside its package.json, README and licence. Another folder may be
 * named; it is emptied first.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

const SOURCE = join(import.meta.dirname, '..', 'electron', 'libvirt')
const folder = resolve(process.argv[2] ?? join(import.meta.dirname, '..', 'dist', 'node-libvirt'))
const tsc = join(import.meta.dirname, '..', 'node_modules', 'typescript', 'bin', 'tsc')

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
execFileSync(process.execPath, [tsc, '-p', join(SOURCE, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')], { stdio: 'inherit' })
for (const file of ['package.json', 'README.md', 'LICENSE']) copyFileSync(join(SOURCE, file), join(folder, file))
console.log(`node-libvirt is in ${folder}`)
