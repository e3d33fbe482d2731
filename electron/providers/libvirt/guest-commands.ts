import { AppError } from '../../../shared/errors/index.ts'
import type { GuestCommand } from '../../../shared/model/index.ts'
import { constants as c } from '../../libvirt/index.ts'
import { type ActContext, change } from './act-context.ts'
import { isAgentSilent, libvirtNumber, toProblem, VIR_ERR } from './problems.ts'

/** Asks the agent in the guest for something. Throws `precondition` guest.no-agent when none answers. */
export async function guestDo(context: ActContext, command: GuestCommand): Promise<void> {
  try {
    await run(context, command)
  } catch (error) {
    const number = libvirtNumber(error)
    if (isAgentSilent(error)) throw noAgent(context.dom.name, error)
    // what the agent itself says no to has no number of its own before libvirt 10
    if (number === VIR_ERR.internalError || number === VIR_ERR.agentCommandFailed) throw guestRefused(context.dom.name, error)
    throw error
  }
}

async function run(context: ActContext, command: GuestCommand): Promise<void> {
  const { dom } = context
  switch (command.do) {
    case 'set-password':
      await change(context, 'domainSetUserPassword', { dom, user: command.user, password: command.password, flags: 0 })
      return
    case 'add-ssh-keys': {
      const flags = c.VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND
      await change(context, 'domainAuthorizedSshKeysSet', { dom, user: command.user, keys: command.keys, flags })
      return
    }
    case 'set-time': {
      const nowMs = context.clock.nowMs()
      await change(context, 'domainSetTime', { dom, seconds: BigInt(Math.floor(nowMs / 1_000)), nseconds: (nowMs % 1_000) * 1e6, flags: 0 })
      return
    }
    case 'freeze':
      await change(context, 'domainFsfreeze', { dom, mountpoints: [], flags: 0 })
      return
    case 'thaw':
      await change(context, 'domainFsthaw', { dom, mountpoints: [], flags: 0 })
  }
}

function noAgent(name: string, cause: unknown): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'guest.no-agent',
    message: `No agent answers in ${name}. Install and start the QEMU guest agent there.`,
    details: { name, expected: 'connected', actual: 'disconnected', reason: 'guest.no-agent' },
    cause,
  })
}

function guestRefused(name: string, cause: unknown): AppError {
  const { message, remote } = toProblem(cause)
  return new AppError({
    kind: 'remote-failure',
    code: 'guest.refused',
    message: `The agent in ${name} refused: ${message}`,
    details: { name },
    ...(remote && { remote }),
    cause,
  })
}
