// What a fresh clone needs before anything runs: Node, node_modules, the bundles. Plain Node >= 18, no dependency.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildReason, installReason, isAtLeast, OLDEST_BOOTSTRAP_NODE, pickNode } from './bootstrap-plan.mjs'

export const repository = fileURLToPath(new URL('..', import.meta.url))
const modules = join(repository, 'node_modules')
const installStamp = join(modules, '.cache/novacron/install')
const buildStamp = join(repository, 'out/.stamp')
const outputs = ['out/main/index.js', 'out/preload/index.cjs', 'out/renderer/index.html', 'out/coordinator/index.js', 'out/cli/index.js']
/** What the bundles are made from. */
const sources = [
  'electron',
  'renderer',
  'shared',
  'resources',
  // the clouds of the demo
  'e2e/lab/clouds',
  'scripts/worker-files.ts',
  'electron.vite.config.ts',
  'vite.coordinator.config.ts',
  'vite.workers.config.ts',
  'package-lock.json',
  'package.json',
]

/** A message for the user instead of a stack. */
export class SetupError extends Error {}

/** @param {string} path */
function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/**
 * What setting up says. Standard output belongs to the program that is set up: it may carry JSON.
 * @param {string} text
 */
function say(text) {
  console.error(text)
}

/**
 * Runs a program with this terminal's input and output.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string | undefined>, cwd?: string, output?: 'stderr' | number | undefined }} [options] output: where standard output goes instead; a file takes all that is printed
 * @returns {Promise<number>} its exit code; 128 + n after a signal
 */
export function runInherited(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? repository,
      env: { ...process.env, ...options.env },
      stdio:
        typeof options.output === 'number'
          ? ['ignore', options.output, options.output]
          : ['inherit', options.output === 'stderr' ? 2 : 'inherit', 'inherit'],
      shell: process.platform === 'win32' && !command.endsWith('.exe'),
    })
    // The terminal sends Ctrl-C to the child as well: wait for it to end in its own way. A kill of ours alone is handed on.
    const ignore = () => undefined
    const forward = () => child.kill('SIGTERM')
    process.on('SIGINT', ignore)
    process.on('SIGTERM', forward)
    const settle = () => {
      process.off('SIGINT', ignore)
      process.off('SIGTERM', forward)
    }
    child.on('error', (error) => {
      settle()
      reject(error)
    })
    child.on('exit', (code, signal) => {
      settle()
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143))
    })
  })
}

/** Installs from the lockfile when that is needed. */
export async function ensureModules() {
  if (!isAtLeast(process.version, OLDEST_BOOTSTRAP_NODE)) {
    throw new SetupError(
      `NovaCron needs Node.js ${OLDEST_BOOTSTRAP_NODE} or newer to set itself up; this is ${process.version}. Get it from https://nodejs.org`,
    )
  }
  const lockFile = join(repository, 'package-lock.json')
  const lock = createHash('sha256').update(readFileSync(lockFile)).digest('hex')
  const hidden = join(modules, '.package-lock.json')
  const reason = installReason({
    modules: existsSync(hidden),
    stamp: readIfThere(installStamp),
    lock,
    hiddenLockIsNewer: existsSync(hidden) && statSync(hidden).mtimeMs >= statSync(lockFile).mtimeMs,
  })
  if (reason !== undefined) {
    say(`Installing the packages of the lockfile (${reason}); this takes about a minute.`)
    await install()
  }
  mkdirSync(join(modules, '.cache/novacron'), { recursive: true })
  writeFileSync(installStamp, lock)
}

async function install() {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  // No package's install script is wanted but that of `node`, which fetches Node itself: older npm releases do not know the
  // allow list of package.json and would compile native code that is never used.
  for (const args of [
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    ['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error'],
  ]) {
    const code = await runInherited(npm, args, { output: 'stderr' }).catch(() => {
      throw new SetupError('npm was not found beside Node.js: install it, then run this again.')
    })
    if (code !== 0)
      throw new SetupError(`npm ${args.slice(0, 2).join(' ')} ended with ${code}: its message stands above. Nothing was started.`)
  }
}

/** Finds a Node that the product runs on; says so in one line when it is not the one of node_modules. */
export function findNode() {
  const path = join(modules, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node')
  const asked = existsSync(path) ? spawnSync(path, ['-v'], { encoding: 'utf8', shell: process.platform === 'win32' }) : undefined
  const local = asked?.status === 0 ? { path, version: asked.stdout.trim() } : undefined
  const picked = pickNode({ local, own: { path: process.execPath, version: process.version } })
  if ('error' in picked) throw new SetupError(picked.error)
  if (picked.note !== undefined) say(picked.note)
  return picked.path
}

/** The environment in which the tools of node_modules, Node included, come first. */
export function toolEnvironment() {
  const name = Object.keys(process.env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH'
  return { ...process.env, [name]: `${join(modules, '.bin')}${delimiter}${process.env[name] ?? ''}` }
}

/** @param {string} tool the script of a package in node_modules, e.g. vitest/vitest.mjs */
export function toolPath(tool) {
  return join(modules, tool)
}

/** Hash of everything the bundles are made from; tests do not count. */
function hashSources() {
  const hash = createHash('sha256')
  /** @param {string} path */
  const add = (path) => {
    const full = join(repository, path)
    if (!existsSync(full)) return
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) add(`${path}/${name}`)
    } else if (!/\.test\.tsx?$/.test(path)) {
      hash.update(`${path}\0`).update(readFileSync(full)).update('\0')
    }
  }
  for (const path of sources) add(path)
  return hash.digest('hex')
}

/**
 * Builds the bundles when the sources have changed.
 * @param {string} node
 * @param {{ force?: boolean }} [options]
 */
export async function ensureBuilt(node, options = {}) {
  const hash = hashSources()
  const missingOutput = outputs.find((file) => !existsSync(join(repository, file)))
  const reason = options.force ? 'asked to' : buildReason({ stamp: readIfThere(buildStamp), sources: hash, missingOutput })
  if (reason === undefined) return
  say(`Building (${reason}).`)
  const env = toolEnvironment()
  for (const args of [
    [toolPath('electron-vite/bin/electron-vite.js'), 'build', '--logLevel', 'warn'],
    [toolPath('vite/bin/vite.js'), 'build', '-c', 'vite.coordinator.config.ts', '--logLevel', 'warn'],
    [toolPath('vite/bin/vite.js'), 'build', '-c', 'vite.workers.config.ts', '--logLevel', 'warn'],
  ]) {
    const code = await runInherited(node, args, { env, output: 'stderr' })
    if (code !== 0) throw new SetupError(`the build failed (${args.slice(1, 2).join(' ')} ended with ${code})`)
  }
  writeFileSync(buildStamp, hash)
}
