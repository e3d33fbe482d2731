import { expect, test } from 'vitest'
import type { DomainRef } from '../../libvirt/index.ts'
import { fakeDomain } from '../../libvirt/testing/fake-client.ts'
import { settled } from '../../libvirt/testing/until.ts'
import { Definitions } from './definitions.ts'

interface Call {
  readonly ref: string
  answer(name: string): Promise<void>
}

/** What is read of machines, each answered by hand. */
function reader() {
  const calls: Call[] = []
  const told: [ref: string, uuid: string][] = []
  const definitions = new Definitions({
    xmlOf: (dom) =>
      new Promise((resolve) => {
        const answer = (uuid: string) => {
          resolve(`<domain type='kvm'><name>n</name><uuid>${uuid}</uuid><description>${uuid}</description></domain>`)
          return settled()
        }
        calls.push({ ref: dom.uuid, answer })
      }),
    domOf: (ref): DomainRef => ({ ...fakeDomain(), uuid: ref }),
    isActive: (ref) => ref.startsWith('on'),
    onDefinition: (ref, { description }) => told.push([ref, description ?? '']),
    onFailure: (_ref, error) => {
      throw error
    },
  })
  return { definitions, calls, told }
}

test('a machine that is asked for while it is read is read again after that, never beside it', async () => {
  const { definitions, calls, told } = reader()
  for (let events = 0; events < 3; events += 1) definitions.request('on-1', true)
  definitions.request('on-2', false)
  expect(calls.map(({ ref }) => ref)).toEqual(['on-1', 'on-2'])
  expect(definitions.isDue('on-1')).toBe(true)
  await calls[0]?.answer('before')
  expect(calls.map(({ ref }) => ref)).toEqual(['on-1', 'on-2', 'on-1'])
  await calls[2]?.answer('after')
  await calls[1]?.answer('once')
  expect(told).toEqual([
    ['on-1', 'before'],
    ['on-1', 'after'],
    ['on-2', 'once'],
  ])
  expect([definitions.pending, definitions.isDue('on-1')]).toEqual([0, false])
  await definitions.idle()
})

test('what is urgent goes first, then what is on screen, then what runs, then the rest', async () => {
  const { definitions, calls } = reader()
  for (let held = 1; held <= 8; held += 1) definitions.request(`on-held-${held}`, false)
  for (const ref of ['off-1', 'off-seen', 'on-1', 'off-urgent']) definitions.request(ref, ref === 'off-urgent')
  definitions.setVisible(new Set(['off-seen']))
  for (let held = 0; held < 4; held += 1) await calls[held]?.answer('x')
  expect(calls.slice(8).map(({ ref }) => ref)).toEqual(['off-urgent', 'off-seen', 'on-1', 'off-1'])
})
