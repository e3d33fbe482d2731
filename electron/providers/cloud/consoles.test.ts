import { expect, test } from 'vitest'
import { createRacingClock } from '../simulated/testing/racing-clock.ts'
import { hostKeyAlias } from '../ssh/index.ts'
import type { SeenMachine } from './api.ts'
import { consolesOf } from './consoles.ts'
import { isImitation } from './imitation.ts'
import { FakeCloud } from './testing/fake-cloud.ts'

const sources = import.meta.glob<string>(['./*.ts', '!./*.test.ts'], { query: '?raw', import: 'default', eager: true })

function machine(change: Partial<SeenMachine['facts']>): SeenMachine {
  const cloud = new FakeCloud(createRacingClock())
  cloud.change('north/0', change)
  return cloud.machines.get('north/0')?.seen as SeenMachine
}

const reasons = (seen: SeenMachine, madeUp = false) =>
  consolesOf(seen, { isImitation: madeUp }).map(({ kind, reason }) => [kind, reason?.code ?? null])

test('serial output and SSH; the latter takes an address, and both a machine that is on', () => {
  expect(reasons(machine({}))).toEqual([
    ['serial', null],
    ['ssh', null],
  ])
  expect(reasons(machine({ addresses: [] }))).toEqual([
    ['serial', null],
    ['ssh', 'console.no-address'],
  ])
  expect(reasons(machine({ addresses: [], state: 'stopped' }))).toEqual([
    ['serial', 'console.not-running'],
    ['ssh', 'console.not-running'],
  ])
})

test('nobody is logged in to at the addresses that a made-up account tells', () => {
  expect(reasons(machine({}), true)).toEqual([
    ['serial', null],
    ['ssh', 'console.ssh-imitation'],
  ])
  for (const endpoint of ['http://127.0.0.1:4566', 'https://127.0.0.2/', 'https://[::1]:1', 'http://localhost:8080/']) {
    expect(isImitation(endpoint)).toBe(true)
  }
  for (const endpoint of [undefined, 'https://ec2.eu-central-1.amazonaws.com', 'https://cloud.example/', 'no address']) {
    expect(isImitation(endpoint)).toBe(false)
  }
})

test('what speaks SSH is loaded by the first login, and not with the account', () => {
  const values = Object.entries(sources).flatMap(([file, text]) =>
    [...text.matchAll(/^(?:import|export) (?!type )[^']*? from '\.\.\/ssh\/[^']+'/gm)].map(([line]) => `${file}: ${line}`),
  )
  expect(sources['./consoles.ts']).toContain("await import('../ssh/index.ts')")
  expect(values).toEqual([])
})

test('an id that a cloud tells makes one name in known_hosts, whatever is in it', () => {
  expect(hostKeyAlias('i-0abc')).toBe('guest-i-0abc')
  expect(hostKeyAlias('/subscriptions/1/resourceGroups/rg_a/vm-1')).toBe('guest-/subscriptions/1/resourceGroups/rg_a/vm-1')
  const odd = hostKeyAlias('a,b *?!\nother ssh-ed25519 AAAA')
  expect(odd).not.toMatch(/[\s,*?!|@]/)
  expect(hostKeyAlias('a b')).not.toBe(hostKeyAlias('a,b'))
})
