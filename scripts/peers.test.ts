import { describe, expect, test } from 'vitest'
import type { Machine } from './peers.mjs'
import { electronBinary, findPeer } from './peers.mjs'

const debianRoot: Machine = { platform: 'linux', arch: 'x64', root: true, debian: true, has: () => true, env: {} }

describe('peers', () => {
  test('are there', () => {
    expect(findPeer('libvirtd', debianRoot)).toEqual({ ok: true })
    expect(findPeer('chromium', debianRoot)).toEqual({ ok: true })
  })
  test('missing programs: the reason names them, the command names the packages', () => {
    const answer = findPeer('libvirtd', { ...debianRoot, has: (program) => program !== 'libvirtd' })
    expect(answer).toMatchObject({ ok: false, reason: 'not installed: libvirtd', command: expect.stringContaining('apt-get install') })
    expect(answer).toMatchObject({ command: expect.stringContaining('libvirt-daemon-driver-qemu') })
  })
  test('without root the command asks for it', () => {
    const user = { ...debianRoot, root: false }
    expect(findPeer('libvirtd', user)).toMatchObject({ ok: false, reason: expect.stringContaining('root') })
    expect(findPeer('chromium', { ...user, has: () => false })).toMatchObject({ command: expect.stringMatching(/^sudo apt-get/) })
  })
  test('elsewhere than on Debian or Linux', () => {
    expect(findPeer('chromium', { ...debianRoot, debian: false, has: () => false })).toMatchObject({
      command: expect.stringContaining('package manager'),
    })
    expect(findPeer('libvirtd', { ...debianRoot, platform: 'darwin' })).toMatchObject({ reason: expect.stringContaining('this is darwin') })
  })
  test('CHROMIUM names another browser', () => {
    const has = (program: string) => program === '/opt/chrome'
    expect(findPeer('chromium', { ...debianRoot, has, env: { CHROMIUM: '/opt/chrome' } })).toEqual({ ok: true })
    expect(findPeer('chromium', { ...debianRoot, has, env: { CHROMIUM: '/opt/none' } })).toMatchObject({ ok: false })
  })
  test.each([
    ['mounts', { root: false }, 'needs root', 'sudo'],
    ['mounts', { platform: 'darwin' }, 'this is darwin', 'on a Linux machine'],
    ['linux', { platform: 'win32' }, 'this is win32', 'on a Linux machine'],
    ['linux-x64', { arch: 'arm64' }, 'this is arm64', 'on an x64 machine'],
    ['linux-x64', { platform: 'darwin' }, 'this is darwin', 'on a Linux machine'],
  ] as const)('%s where the system is another: %o', (peer, machine, reason, command) => {
    expect(findPeer(peer, debianRoot)).toEqual({ ok: true })
    expect(findPeer(peer, { ...debianRoot, ...machine })).toMatchObject({
      ok: false,
      reason: expect.stringContaining(reason),
      command: expect.stringContaining(command),
    })
  })
  test('Electron is looked for where the override says', () => {
    expect(electronBinary({ platform: 'linux', env: { ELECTRON_OVERRIDE_DIST_PATH: '/nonexistent' } })).toBeUndefined()
  })
})
