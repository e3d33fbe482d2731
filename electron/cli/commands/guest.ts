import type { GuestInfo } from '../../../shared/model/index.ts'
import { printable } from '../output.ts'

const GIB = 1_073_741_824

/** What the agent tells, a line for each thing. */
export function guestLines(info: GuestInfo): readonly string[] {
  if (info.agent !== 'connected') {
    return [
      info.agent === 'none'
        ? 'The machine has no channel for a guest agent. Add one (org.qemu.guest_agent.0) and restart it.'
        : 'No agent answers. Install and start qemu-guest-agent inside the guest.',
    ]
  }
  const lines = [`host name  ${info.hostname ?? '–'}`, `system     ${systemOf(info)}`]
  if (info.clockOffsetMs !== null)
    lines.push(`clock      ${(Math.abs(info.clockOffsetMs) / 1_000).toFixed(1)} s ${info.clockOffsetMs < 0 ? 'behind' : 'ahead'}`)
  for (const { name, mac, addresses } of info.interfaces ?? []) {
    lines.push(`interface  ${name}  ${mac ?? '–'}  ${addresses.map(({ address, prefix }) => `${address}/${prefix}`).join(' ') || '–'}`)
  }
  for (const { mountpoint, type, totalBytes, usedBytes } of info.filesystems ?? []) {
    const fill =
      totalBytes === null || usedBytes === null || totalBytes === 0
        ? '–'
        : `${Math.round((usedBytes / totalBytes) * 100)} % of ${(totalBytes / GIB).toFixed(1)} GiB`
    lines.push(`files      ${mountpoint}  ${type}  ${fill}`)
  }
  for (const { name, domain } of info.users ?? []) lines.push(`user       ${domain === null ? name : `${domain}\\${name}`}`)
  if (info.unread.length > 0) lines.push(`not told   ${info.unread.join(', ')}`)
  return lines.map(printable)
}

function systemOf({ os }: GuestInfo): string {
  if (!os) return '–'
  return [os.name, os.kernel && `kernel ${os.kernel}`, os.architecture].filter(Boolean).join(', ')
}
