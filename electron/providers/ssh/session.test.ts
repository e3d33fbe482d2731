import { expect, test } from 'vitest'
import { wallClock } from '../libvirt/testing/ports.ts'
import type { ProviderPorts } from '../provider.ts'
import { sshOptionsOf } from './session.ts'

const silent = () => undefined

test('all connections of an engine share the keys that were unlocked; another engine has its own', () => {
  const log = { debug: silent, info: silent, warn: silent, error: silent }
  const ports = (): ProviderPorts => ({ clock: wallClock, log, dataDirectory: '/nowhere', homeDirectory: '/nowhere' })
  const [one, other] = [ports(), ports()]
  const { keyCache } = sshOptionsOf(one, {})
  expect(keyCache).toBeDefined()
  expect(sshOptionsOf(one, {}).keyCache).toBe(keyCache)
  expect(sshOptionsOf(other, {}).keyCache).not.toBe(keyCache)
})
