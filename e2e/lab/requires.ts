import { appendFileSync } from 'node:fs'
import type { Peer, PeerAnswer } from '../../scripts/peers.mjs'
import { findPeer } from '../../scripts/peers.mjs'

export type { Peer, PeerAnswer } from '../../scripts/peers.mjs'

/**
 * Asks whether a real peer is there: `const libvirtd = requirePeer('libvirtd')`, then `describe.skipIf(!libvirtd.ok)(…)` in vitest or
 * `test.skip(!chromium.ok, skipReason(chromium))` in Playwright. What is missing, and how to provide it, is listed at the end of `npm test`.
 * @throws Error with CI=true, where nothing may be skipped
 */
export function requirePeer(peer: Peer): PeerAnswer {
  const answer = findPeer(peer)
  if (answer.ok) return answer
  if (process.env['CI'] === 'true') throw new Error(`${peer} is missing, and with CI=true nothing may be skipped: ${skipReason(answer)}`)
  const log = process.env['NOVACRON_SKIP_LOG']
  if (log !== undefined) appendFileSync(log, `${JSON.stringify({ peer, reason: answer.reason, command: answer.command })}\n`)
  return answer
}

/** One line: why, and the command that would provide it. Empty when the peer is there. */
export function skipReason(answer: PeerAnswer): string {
  return answer.ok ? '' : `${answer.reason}; to provide it: ${answer.command}`
}
