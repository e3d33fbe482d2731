import { expect, test } from 'vitest'
import type { GuestInfo } from '../../../shared/model/index.ts'
import { guestLines } from './guest.ts'

const SILENT: GuestInfo = {
  agent: 'disconnected',
  hostname: null,
  os: null,
  timezone: null,
  clockOffsetMs: null,
  users: null,
  filesystems: null,
  interfaces: null,
  unread: [],
  observedAtMs: 1,
}

test('a guest without an agent is told what helps', () => {
  expect(guestLines(SILENT)[0]).toContain('Install and start qemu-guest-agent')
  expect(guestLines({ ...SILENT, agent: 'none' })[0]).toContain('org.qemu.guest_agent.0')
})

test('what the agent tells stands line by line; what it does not is a dash or named', () => {
  const lines = guestLines({
    ...SILENT,
    agent: 'connected',
    os: { name: 'Debian 12', id: 'debian', version: '12', kernel: '6.1.0-18', architecture: 'x86_64' },
    clockOffsetMs: -1_500,
    interfaces: [{ name: 'ens3', mac: '52:54:00:00:00:01', addresses: [{ address: '10.0.0.7', prefix: 24 }] }],
    filesystems: [
      { mountpoint: '/', device: 'vda1', type: 'ext4', totalBytes: 4 * 1_073_741_824, usedBytes: 1_073_741_824, disks: ['vda'] },
    ],
    users: [{ name: 'maja\u001b[2J', domain: null, loggedInAtMs: 1 }],
    unread: ['timezone'],
  })
  expect(lines.slice(0, 5)).toEqual([
    'host name  –',
    'system     Debian 12, kernel 6.1.0-18, x86_64',
    'clock      1.5 s behind',
    'interface  ens3  52:54:00:00:00:01  10.0.0.7/24',
    'files      /  ext4  25 % of 4.0 GiB',
  ])
  expect(lines[5]).not.toContain('\u001b')
  expect(lines[6]).toBe('not told   timezone')
})
