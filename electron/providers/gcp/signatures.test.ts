import { expect, test } from 'vitest'
import type { KnownMachines, SeenMachine } from '../cloud/index.ts'
import { Signatures } from './signatures.ts'

const ZONE = 'https://compute.googleapis.com/compute/v1/projects/p/zones/europe-west1-b'
const instance = (name: string, more: object = {}) => ({ id: `${name}1`, name, zone: ZONE, status: 'RUNNING', fingerprint: 'f1', ...more })
const refOfName = (name: string) => `p/europe-west1-b/${name}/${name}1`
const seen = (ref: string) => ({ ref }) as SeenMachine

function setUp(...names: readonly string[]) {
  const signatures = new Signatures()
  for (const name of names) signatures.keep(refOfName(name), instance(name))
  const machines = new Map(names.map((name) => [refOfName(name), seen(refOfName(name))]))
  const known: KnownMachines = { get: (ref) => machines.get(ref), refs: () => machines.keys() }
  const looks: string[] = []
  const look = (there: ReadonlySet<string>) => (ref: string) => {
    looks.push(ref)
    return Promise.resolve(there.has(ref) ? seen(ref) : null)
  }
  return { signatures, known, looks, look }
}

test('only what is otherwise now is looked at: another state, a change, a new one, one that is gone', async () => {
  const { signatures, known, looks, look } = setUp('same', 'stopped', 'edited', 'gone')
  const now = [instance('same'), instance('stopped', { status: 'TERMINATED' }), instance('edited', { fingerprint: 'f2' }), instance('new')]
  const there = new Set(['same', 'stopped', 'edited', 'new'].map(refOfName))
  const news = await signatures.changed('p', now, known, look(there))
  expect(looks).toEqual(['stopped', 'edited', 'new', 'gone'].map(refOfName))
  expect(news?.changed.map(({ ref }) => ref)).toEqual(['stopped', 'edited', 'new'].map(refOfName))
  expect(news?.gone).toEqual([refOfName('gone')])
})

test('a list that lags does not take away a machine that a look still finds', async () => {
  const { signatures, known, look } = setUp('young')
  const news = await signatures.changed('p', [], known, look(new Set([refOfName('young')])))
  expect(news).toEqual({ changed: [seen(refOfName('young'))], gone: [] })
})

test('when much has changed, all of it is to be read', async () => {
  const { signatures, known, looks, look } = setUp()
  const many = Array.from({ length: 60 }, (_, index) => instance(`new-${index}`))
  expect(await signatures.changed('p', many, known, look(new Set()))).toBeNull()
  expect(looks).toEqual([])
})
