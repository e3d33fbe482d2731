import type { RunCommandResult } from '@azure/arm-compute'
import { isAppError } from '../../../shared/errors/index.ts'
import type { CommandOutcome } from '../../../shared/model/index.ts'
import { problems, type SeenMachine } from '../cloud/index.ts'
import type { CallOptions, Clock } from '../provider.ts'
import { type AzureAccount, abortOf, ask } from './account.ts'
import { pictureOf } from './bmp.ts'
import { idOf } from './ids.ts'
import type { Inventory } from './inventory.ts'
import { LABEL, noScreenshot, noSerial, noVmAgent } from './problems.ts'

const POLL_MS = 2_000

/** What is inside a machine, as far as Azure shows it: its serial log, its screen, commands by the agent. Every call throws AppError. */
export class AzureGuest {
  readonly #account: AzureAccount
  readonly #inventory: Inventory
  readonly #clock: Clock
  readonly #pollMs: number

  constructor(account: AzureAccount, inventory: Inventory, clock: Clock, pollMs = POLL_MS) {
    this.#account = account
    this.#inventory = inventory
    this.#clock = clock
    this.#pollMs = pollMs
  }

  async serialOutput(ref: string, options: CallOptions): Promise<string> {
    const { link, name } = await this.#bootLink(ref, 'serialConsoleLogBlobUri', options)
    if (link === undefined) throw noSerial(name)
    return (await this.#account.rest.blob(link, options)).toString('utf8')
  }

  async screenshot(
    ref: string,
    options: CallOptions,
  ): Promise<{ readonly mediaType: 'image/png' | 'image/jpeg'; readonly base64: string }> {
    const { link, name } = await this.#bootLink(ref, 'consoleScreenshotBlobUri', options)
    if (link === undefined) throw noScreenshot(name)
    const picture = pictureOf(await this.#account.rest.blob(link, options))
    if (picture === null) throw problems.notUnderstood(LABEL, 'a screen that is no bitmap')
    return picture
  }

  async runCommand(ref: string, script: string, options: CallOptions): Promise<CommandOutcome> {
    const seen = await this.#machine(ref, options)
    const { name, state, cloud } = seen.facts
    if (state !== 'running') throw problems.wrongState(name, state, ['running'])
    const { group, name: vmName, subscription } = idOf(ref)
    const { virtualMachines } = await this.#account.compute(subscription)
    const commandId = cloud?.platform === 'windows' ? 'RunPowerShellScript' : 'RunShellScript'
    const poller = virtualMachines.runCommand(group, vmName, { commandId, script: script.split(/\r?\n/) }, abortOf(options))
    try {
      await ask(poller.submitted())
      while (!poller.isDone) {
        await this.#pause()
        await ask(poller.poll(abortOf(options)))
      }
    } catch (thrown) {
      const code = isAppError(thrown) ? thrown.remote?.['code'] : undefined
      const isSilent = typeof code === 'string' && (code.startsWith('VMAgent') || code === 'VMExtensionProvisioningTimeout')
      throw isSilent ? noVmAgent(name, (isAppError(thrown) && thrown.remote) || {}) : thrown
    }
    return outcomeOf(poller.result)
  }

  /** A signed link that opens for an hour; undefined: the machine keeps no boot diagnostics. */
  async #bootLink(
    ref: string,
    which: 'serialConsoleLogBlobUri' | 'consoleScreenshotBlobUri',
    options: CallOptions,
  ): Promise<{ readonly link: string | undefined; readonly name: string }> {
    const found = await this.#inventory.model(ref, options)
    if (found === null) throw problems.machineNotFound()
    const name = found.vm.name ?? ref
    if (found.vm.diagnosticsProfile?.bootDiagnostics?.enabled !== true) return { link: undefined, name }
    const { group, name: vmName, subscription } = idOf(ref)
    const { virtualMachines } = await this.#account.compute(subscription)
    const life = { sasUriExpirationTimeInMinutes: 60, ...abortOf(options) }
    const links = await ask(virtualMachines.retrieveBootDiagnosticsData(group, vmName, life))
    return { link: links[which], name }
  }

  async #machine(ref: string, options: CallOptions): Promise<SeenMachine> {
    const seen = await this.#inventory.machine(ref, options)
    if (seen === null) throw problems.machineNotFound()
    return seen
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(this.#pollMs, resolve))
  }
}

/** Linux answers in one text with both parts, Windows in one status for each. Neither tells an exit code. Exported for its test. */
export function outcomeOf(result: RunCommandResult | undefined): CommandOutcome {
  const statuses = result?.value ?? []
  const part = (kind: string) => statuses.find(({ code }) => code?.toLowerCase().includes(`/${kind}/`) === true)?.message
  const [stdout, stderr] = [part('stdout'), part('stderr')]
  if (stdout !== undefined || stderr !== undefined) return { exitCode: null, stdout: stdout ?? '', stderr: stderr ?? '' }
  const text = statuses.map(({ message }) => message ?? '').join('\n')
  const both = /\[stdout\]\n([\s\S]*?)\n?\[stderr\]\n?([\s\S]*)$/.exec(text)
  return both ? { exitCode: null, stdout: both[1] ?? '', stderr: (both[2] ?? '').trimEnd() } : { exitCode: null, stdout: text, stderr: '' }
}
