// The way in: `npm start`, `npm test` and the other npm scripts, on a fresh clone as well. Plain Node >= 18, no dependency.
//   bootstrap.mjs start [--demo] [--port N] …   sets up, then opens the desktop, or serves the console to a browser
//   bootstrap.mjs test [SUITE …] [-- ARGS]      sets up, then runs the suites (all of them by default)
//   bootstrap.mjs bench [GROUP …] [--json]      sets up, builds, then measures; NOVACRON_ROOT names another build to measure
//   bootstrap.mjs build                         sets up and builds
//   bootstrap.mjs run FILE [ARGS]               sets up, then runs a TypeScript file of the repository
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { chooseFace } from './bootstrap-plan.mjs'
import { electronBinary } from './peers.mjs'
import { ensureBuilt, ensureModules, findNode, repository, runInherited, SetupError, toolEnvironment, toolPath } from './setup.mjs'
import { runSuites } from './suites.mjs'

/** Longest wait for the download of the Electron binary. */
const DOWNLOAD_MS = 300_000
/** An Electron that ends with an error so soon never showed a window. */
const STILLBORN_MS = 4000

/**
 * @param {string} node
 * @param {readonly string[]} flags
 */
async function start(node, flags) {
  await ensureBuilt(node)
  const machine = { platform: process.platform, root: process.getuid?.() === 0, env: process.env }
  let choice = chooseFace({ ...machine, electron: electronBinary(machine) })
  if (choice.face === 'browser' && choice.downloadWouldHelp) {
    console.log('Fetching the Electron binary (once, about 110 MB).')
    spawnSync(node, [toolPath('electron/install.js')], { cwd: repository, stdio: 'ignore', timeout: DOWNLOAD_MS })
    choice = chooseFace({ ...machine, electron: electronBinary(machine) })
  }
  let reason = choice.face === 'browser' ? choice.reason : ''
  if (choice.face === 'desktop') {
    const began = Date.now()
    const code = await runInherited(choice.electron, [repository, ...flags])
    if (code === 0 || Date.now() - began > STILLBORN_MS) return code
    reason = `Electron ended at once with ${code}`
  }
  console.log(`No desktop window: ${reason}. Serving the console to a browser on this computer instead.`)
  return runInherited(node, [join(repository, 'out/coordinator/index.js'), 'serve', '--local', ...flags])
}

/** @param {readonly string[]} argv */
async function main(argv) {
  const [command, ...rest] = argv
  if (command === undefined || !['start', 'test', 'bench', 'build', 'run'].includes(command)) {
    console.error('usage: node scripts/bootstrap.mjs start | test | bench | build | run FILE')
    return 2
  }
  await ensureModules()
  const node = findNode()
  switch (command) {
    case 'start':
      return start(node, rest)
    case 'build':
      await ensureBuilt(node, { force: true })
      return 0
    case 'test':
      return runSuites(node, rest)
    case 'bench':
      if (process.env['NOVACRON_ROOT'] === undefined) await ensureBuilt(node)
      return runInherited(node, [join(repository, 'e2e/bench/index.ts'), ...rest], { env: toolEnvironment() })
    default:
      return runInherited(node, rest, { env: toolEnvironment() })
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
