// Runs the suites one after the other and adds up their results. Plain Node >= 18, no dependency.
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { countPlaywright, countVitest, summarise } from './bootstrap-plan.mjs'
import { describeFailures, failuresOfPlaywright, failuresOfVitest } from './failures.mjs'
import { aptCommand, findPeer, systemPackages, thisMachine } from './peers.mjs'
import { ensureBuilt, repository, runInherited, SetupError, toolEnvironment, toolPath } from './setup.mjs'

/** @typedef {{ passed: number, failed: number, skipped: number, failures?: import('./failures.mjs').Failure[] }} Counts */

const results = join(repository, 'test-results')
const skipLog = join(results, 'skipped.jsonl')

/** A machine without a network is not waited for. */
const BRIEFLY = ['-o', 'Acquire::http::Timeout=20', '-o', 'Acquire::Retries=0']

/** The parts of `check`, each counted as one. */
const CHECKS = [
  { name: 'types', args: [toolPath('typescript/bin/tsc'), '-b'] },
  { name: 'lint', args: [toolPath('oxlint/bin/oxlint'), '--type-aware'] },
  { name: 'format', args: [toolPath('@biomejs/biome/bin/biome'), 'check', '.'] },
  { name: 'layers', args: [join(repository, 'scripts/check-layers.ts')] },
]

/** @param {string} title */
function heading(title) {
  console.log(`\n== ${title}`)
}

/** As root on Debian, installs the system packages that are missing. What cannot be installed is skipped later, with its reason. */
function installSystemPackages() {
  const machine = thisMachine()
  if (machine.platform !== 'linux' || !machine.root || !machine.debian) return
  /** @type {Set<string>} */
  const missing = new Set()
  for (const peer of /** @type {const} */ (['libvirtd', 'polkitd', 'chromium', 'keyring', 'seed-tools', 'storage-tools'])) {
    if (!findPeer(peer, machine).ok) for (const name of systemPackages[peer]) missing.add(name)
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  /** @param {readonly string[]} args */
  const apt = (args) => spawnSync('apt-get', args, { env, encoding: 'utf8' })
  /** @param {readonly string[]} names */
  const install = (names) => {
    heading(`system packages: ${aptCommand(names)}`)
    apt(['update', '-q', ...BRIEFLY])
    const done = apt(['install', '-y', '-q', '--no-install-recommends', ...BRIEFLY, ...names])
    if (done.status !== 0) console.error(done.stderr)
  }
  if (missing.size > 0) install([...missing])
  // apart from the others: a release without that package would install none of them
  if (!findPeer('headless-shell', machine).ok) install(systemPackages['headless-shell'])
}

/**
 * All side by side, as none of them keeps two cores busy; their words come one after the other.
 * @param {string} node
 * @returns {Promise<Counts>}
 */
async function check(node) {
  /** @type {import('./failures.mjs').Failure[]} */
  const failures = []
  const counts = { passed: 0, failed: 0, skipped: 0, failures }
  const running = CHECKS.map(({ name, args }) => {
    const log = join(results, `check-${name}.log`)
    const output = openSync(log, 'w')
    return { name, log, code: runInherited(node, args, { env: toolEnvironment(), output }).finally(() => closeSync(output)) }
  })
  for (const { name, log, code } of running) {
    heading(`check: ${name}`)
    const failed = (await code) !== 0
    const said = readFileSync(log, 'utf8')
    counts[failed ? 'failed' : 'passed']++
    if (failed) failures.push({ name: `check: ${name}`, message: said })
    process.stdout.write(said)
  }
  return counts
}

/**
 * @param {string} node
 * @param {string} name
 * @param {readonly string[]} projects
 * @param {readonly string[]} extra
 * @returns {Promise<Counts>}
 */
async function vitest(node, name, projects, extra) {
  heading(name)
  const report = join(results, `${name}.json`)
  const selection = projects.flatMap((project) => ['--project', project])
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const args = [toolPath('vitest/vitest.mjs'), 'run', '--passWithNoTests', ...selection, ...reporters, ...extra]
  const code = await runInherited(node, args, {
    env: { ...toolEnvironment(), NOVACRON_SKIP_LOG: skipLog, ...(name === 'int' ? { NOVACRON_BUILT: '1' } : {}) },
  })
  const read = readReport(report)
  return { ...countVitest(read, code), failures: failuresOfVitest(read, code) }
}

/**
 * What needs no lab runs beside what does, where it can have a network of its own.
 * @param {string} node
 * @param {readonly string[]} extra
 * @returns {Promise<Counts[]>}
 */
async function e2e(node, extra) {
  heading('e2e')
  if (extra.length > 0 || !hasOwnNetworks()) return [await playwright('e2e', [node], extra)]
  const log = join(results, 'e2e-page.log')
  const file = openSync(log, 'w')
  const alone = ['unshare', '-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', node]
  const counts = await Promise.all([
    playwright('e2e-hosts', [node], ['--project', 'hosts']),
    playwright('e2e-page', alone, ['--project', 'page', '--workers', '2'], file),
  ])
  closeSync(file)
  console.log(readFileSync(log, 'utf8'))
  return counts
}

/**
 * @param {string} name
 * @param {readonly string[]} command what runs Node
 * @param {readonly string[]} extra
 * @param {number} [output] a file for what it prints
 * @returns {Promise<Counts>}
 */
async function playwright(name, [command = '', ...args], extra, output) {
  const report = join(results, `${name}.json`)
  const env = { ...toolEnvironment(), NOVACRON_SKIP_LOG: skipLog, PLAYWRIGHT_JSON_OUTPUT_FILE: report }
  const code = await runInherited(command, [...args, toolPath('@playwright/test/cli.js'), 'test', ...extra], { env, output })
  const read = readReport(report)
  return { ...countPlaywright(read, code), failures: failuresOfPlaywright(read, code) }
}

/** Whether a program may be given a network in which nothing but itself is. */
function hasOwnNetworks() {
  const { platform, root } = thisMachine()
  return platform === 'linux' && root && spawnSync('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'up']).status === 0
}

/** @param {string} file */
function readReport(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

/**
 * Builds; a failure counts as one.
 * @param {string} node
 * @returns {Promise<Counts>}
 */
async function build(node) {
  heading('build')
  try {
    await ensureBuilt(node)
    return { passed: 1, failed: 0, skipped: 0 }
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    console.error(error.message)
    return { passed: 0, failed: 1, skipped: 0, failures: [{ name: 'build', message: error.message }] }
  }
}

/** Why tests were skipped, each reason once. */
function printSkipReasons() {
  if (!existsSync(skipLog)) return
  for (const line of new Set(readFileSync(skipLog, 'utf8').split('\n'))) {
    if (line === '') continue
    const { peer, reason, command } = JSON.parse(line)
    console.log(`skipped, wants ${peer}: ${reason}; to provide it: ${command}`)
  }
}

/**
 * @param {string} node
 * @param {readonly string[]} args suites (default: all), then `--` and what vitest or Playwright is to be given
 * @returns {Promise<number>} exit code
 */
export async function runSuites(node, args) {
  const cut = args.indexOf('--')
  const asked = cut < 0 ? args.filter((arg) => !arg.startsWith('-')) : args.slice(0, cut)
  const known = ['check', 'unit', 'build', 'int', 'e2e']
  // `npm run unit -- PATH` arrives as: unit PATH
  const names = asked.length === 0 ? known : known.filter((name) => name === asked[0])
  if (names.length === 0) throw new SetupError(`no suite is called ${asked[0]}: ${known.join(', ')}`)
  const extra = asked.length === 0 ? [] : args.slice(1).filter((arg) => arg !== '--')
  mkdirSync(results, { recursive: true })
  for (const file of ['unit.json', 'int.json', 'e2e.json', 'e2e-page.json', 'e2e-hosts.json', 'skipped.jsonl'])
    rmSync(join(results, file), { force: true })
  if (names.includes('int') || names.includes('e2e')) installSystemPackages()
  /** @type {Counts[]} */
  const counts = []
  /** @type {string[]} */
  const times = []
  /** @param {string} name @param {() => Promise<Counts | Counts[]>} run */
  const suite = async (name, run) => {
    const began = performance.now()
    const added = [await run()].flat()
    times.push(`${name} ${Math.round((performance.now() - began) / 1_000)} s`)
    counts.push(...added)
    return added
  }
  if (names.includes('check')) await suite('check', () => check(node))
  if (names.includes('unit')) await suite('unit', () => vitest(node, 'unit', ['unit', 'web'], extra))
  const wantsBuild = names.some((name) => name !== 'check' && name !== 'unit')
  const built = wantsBuild ? await suite('build', () => build(node)) : []
  // Old bundles would prove nothing: what runs the built product is left to the failed build.
  if (built.length > 0 && built.every(({ failed }) => failed === 0)) {
    if (names.includes('int')) await suite('int', () => vitest(node, 'int', ['int'], extra))
    if (names.includes('e2e')) await suite('e2e', () => e2e(node, extra))
  }
  heading('result')
  printSkipReasons()
  for (const line of describeFailures(
    counts.flatMap(({ failures = [] }) => failures),
    repository,
  ))
    console.log(line)
  console.log(times.join(', '))
  const { line, exitCode } = summarise(counts, process.env['CI'] === 'true')
  console.log(line)
  return exitCode
}
