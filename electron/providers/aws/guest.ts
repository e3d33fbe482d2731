import { AppError, isAppError } from '../../../shared/errors/index.ts'
import type { CommandOutcome } from '../../../shared/model/index.ts'
import { problems } from '../cloud/index.ts'
import type { CallOptions, Clock } from '../provider.ts'
import { type AwsCalls, pause } from './calls.ts'
import { LABEL } from './errors.ts'
import { partsOf } from './facts.ts'

const POLL_MS = 1_000
/** A command is not found for a moment after it was taken. */
const KNOWN_WITHIN_MS = 20_000
const ENDED = ['Success', 'Failed', 'Cancelled', 'TimedOut']

/** The latest output where the machine is of a kind that has it (Nitro), else that of its last start. */
export async function serialOutput(calls: AwsCalls, ref: string, options: CallOptions): Promise<string> {
  const { region, id: InstanceId } = partsOf(ref)
  const ask = (latest: boolean) =>
    calls.ec2({ region, permission: 'ec2:GetConsoleOutput', options }, (client, sdk, sending) =>
      client.send(new sdk.GetConsoleOutputCommand({ InstanceId, ...(latest && { Latest: true }) }), sending),
    )
  try {
    const answer = await ask(true).catch((thrown: unknown) => {
      if (!isAppError(thrown) || (thrown.kind !== 'unsupported' && thrown.kind !== 'invalid-input')) throw thrown
      return ask(false)
    })
    return Buffer.from(answer.Output ?? '', 'base64').toString('utf8')
  } catch (thrown) {
    throw isAppError(thrown) && thrown.kind === 'unsupported'
      ? without('cloud.no-serial', `AWS has no serial output of ${InstanceId}.`, InstanceId, thrown)
      : thrown
  }
}

export async function screenshot(
  calls: AwsCalls,
  ref: string,
  options: CallOptions,
): Promise<{ readonly mediaType: 'image/jpeg'; readonly base64: string }> {
  const { region, id: InstanceId } = partsOf(ref)
  try {
    const answer = await calls.ec2({ region, permission: 'ec2:GetConsoleScreenshot', options }, (client, sdk, sending) =>
      client.send(new sdk.GetConsoleScreenshotCommand({ InstanceId }), sending),
    )
    return { mediaType: 'image/jpeg', base64: answer.ImageData ?? '' }
  } catch (thrown) {
    throw isAppError(thrown) && thrown.kind === 'unsupported'
      ? without('cloud.no-screenshot', `AWS has no picture of ${InstanceId}.`, InstanceId, thrown)
      : thrown
  }
}

function without(code: string, message: string, name: string, cause: AppError): AppError {
  return new AppError({ kind: 'unsupported', code, message, details: { name }, ...(cause.remote && { remote: cause.remote }), cause })
}

/** Through Systems Manager's agent, as root or SYSTEM. */
export async function runCommand(
  calls: AwsCalls,
  clock: Clock,
  machine: { readonly ref: string; readonly name: string; readonly isWindows: boolean },
  script: string,
  options: CallOptions,
): Promise<CommandOutcome> {
  const { region, id: InstanceId } = partsOf(machine.ref)
  let CommandId: string | undefined
  try {
    const sent = await calls.ssm({ region, permission: 'ssm:SendCommand', changes: true, options }, (client, sdk, sending) =>
      client.send(
        new sdk.SendCommandCommand({
          DocumentName: machine.isWindows ? 'AWS-RunPowerShellScript' : 'AWS-RunShellScript',
          InstanceIds: [InstanceId],
          Parameters: { commands: script.split(/\r?\n/) },
        }),
        sending,
      ),
    )
    CommandId = sent.Command?.CommandId
  } catch (thrown) {
    throw isAppError(thrown) && thrown.remote?.code === 'InvalidInstanceId' ? noAgent(machine.name, thrown) : thrown
  }
  if (CommandId === undefined) throw problems.notUnderstood(LABEL, 'SendCommand without an id')
  return outcomeOf(calls, clock, { region, InstanceId, CommandId }, options)
}

async function outcomeOf(
  calls: AwsCalls,
  clock: Clock,
  { region, InstanceId, CommandId }: { readonly region: string; readonly InstanceId: string; readonly CommandId: string },
  options: CallOptions,
): Promise<CommandOutcome> {
  const untilMs = clock.nowMs() + KNOWN_WITHIN_MS
  for (;;) {
    try {
      const answer = await calls.ssm({ region, permission: 'ssm:GetCommandInvocation', options }, (client, sdk, sending) =>
        client.send(new sdk.GetCommandInvocationCommand({ CommandId, InstanceId }), sending),
      )
      if (ENDED.includes(answer.Status ?? '')) {
        const { ResponseCode = -1, StandardOutputContent = '', StandardErrorContent = '' } = answer
        return { exitCode: ResponseCode < 0 ? null : ResponseCode, stdout: StandardOutputContent, stderr: StandardErrorContent }
      }
    } catch (thrown) {
      const isUnknown = isAppError(thrown) && thrown.remote?.code === 'InvocationDoesNotExist'
      if (!isUnknown || clock.nowMs() > untilMs) throw thrown
    }
    await pause(clock, POLL_MS, options.signal)
  }
}

function noAgent(name: string, cause: AppError): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'cloud.no-agent',
    message: `${name} has no agent of AWS Systems Manager that answers. It needs the agent, and a role that lets it in.`,
    details: { name },
    ...(cause.remote && { remote: cause.remote }),
    cause,
  })
}
