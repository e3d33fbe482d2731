import { expect, test } from 'vitest'
import { templateSchema } from '../../../shared/model/index.ts'
import { type SimulatedConfigInput, simulatedConfigSchema } from './config.ts'
import { demoConnections } from './demo.ts'
import { disksOf } from './disks.ts'
import { buildFleet, holdsMemory, siteNamed } from './fleet.ts'

const NOW_MS = Date.UTC(2026, 10, 23, 12)

function fleetOf(input: SimulatedConfigInput) {
  return buildFleet(simulatedConfigSchema.parse(input), NOW_MS)
}

function factsOf(input: SimulatedConfigInput, nowMs = NOW_MS) {
  return [...buildFleet(simulatedConfigSchema.parse(input), nowMs).machines].map(([ref, { facts }]) => ({ ref, ...facts }))
}

test('a configuration is always the same fleet', () => {
  const config = { site: 'Rotterdam DC', hosts: 5, machines: 300, seed: 8 }
  expect(factsOf(config)).toEqual(factsOf(config))
})

test('starts stay where they were when the program is started again a little later', () => {
  const config = { hosts: 2, machines: 100 }
  const before = factsOf(config).map((machine) => machine.startedAtMs)
  const after = factsOf(config, NOW_MS + 60_000).map((machine) => machine.startedAtMs)
  expect(after.filter((startedAtMs, index) => startedAtMs !== before[index]).length).toBeLessThanOrEqual(1)
  for (const startedAtMs of before) expect(startedAtMs === null || startedAtMs <= NOW_MS).toBe(true)
})

test('another seed is another fleet', () => {
  const names = (seed: number) => factsOf({ hosts: 2, machines: 50, seed }).map((machine) => machine.name)
  expect(names(1)).not.toEqual(names(2))
})

test('10,000 machines have names, references and addresses of their own', () => {
  const machines = factsOf({ site: 'Gdańsk DC', hosts: 200, machines: 10_000 })
  expect(machines.length).toBe(10_000)
  expect(new Set(machines.map((machine) => machine.name)).size).toBe(10_000)
  expect(new Set(machines.map((machine) => machine.ref)).size).toBe(10_000)
  expect(new Set(machines.map((machine) => machine.addresses[0])).size).toBe(10_000)
  for (const { addresses } of machines) {
    expect(addresses[0]?.split('.').every((octet) => Number(octet) >= 0 && Number(octet) < 256)).toBe(true)
  }
})

test('names speak of role and environment as on the pictures', () => {
  const machines = factsOf({ site: 'Gdańsk DC', hosts: 20, machines: 2_000 })
  for (const { name, tags, hostRef } of machines) {
    expect(name).toMatch(/^[a-z0-9-]+-\d{2,}(-test|-dev)?$/)
    expect(tags[0]).toBe(/-(test|dev)$/.exec(name)?.[1] ?? 'prod')
    expect(hostRef).toMatch(/^kvm-gdn-\d{3}$/)
  }
})

test('most of a fleet runs, and every resting state is there', () => {
  const machines = factsOf({ hosts: 100, machines: 5_000 })
  const running = machines.filter((machine) => machine.state === 'running').length
  expect(running / machines.length).toBeGreaterThan(0.75)
  expect(running / machines.length).toBeLessThan(0.92)
  const states = new Set(machines.map((machine) => machine.state))
  for (const state of ['running', 'stopped', 'paused', 'crashed', 'saved'] as const) expect(states).toContain(state)
  expect(machines.some((machine) => machine.attention?.code === 'guest.disk-filling')).toBe(true)
})

test('what runs fits into its host, and the books are right', () => {
  for (const host of fleetOf({ hosts: 40, machines: 2_000 }).hosts.values()) {
    const used = [...host.machines.values()]
      .filter(({ facts }) => holdsMemory(facts.state))
      .reduce((sum, { facts }) => sum + facts.memoryKiB, 0)
    expect(host.usedKiB).toBe(used)
    expect(host.facts.memoryFreeKiB).toBeGreaterThanOrEqual(0)
  }
})

test('a depot names its machines by its code', () => {
  const machines = factsOf({ site: 'Depots', hosts: 24, machines: 240 })
  for (const { name, hostRef } of machines)
    expect(name.startsWith(`${name.split('-').slice(0, 2).join('-')}-${hostRef.split('-')[1]}-`)).toBe(true)
})

test('so many of the machines are templates: off, and their disks are files that clones can be linked to', () => {
  const machines = [...fleetOf({ hosts: 2, machines: 50, templates: 3 }).machines.values()]
  expect(machines.length).toBe(50)
  const templates = machines.filter(({ facts }) => facts.template !== null)
  expect(templates.length).toBe(3)
  for (const template of templates) {
    const { name, state, template: facts } = template.facts
    expect(templateSchema.parse(facts)).toEqual(facts)
    expect(name).toBe(`${facts?.family}-v${facts?.version}`)
    expect(state).toBe('stopped')
    for (const disk of disksOf(template).filter(({ device }) => device === 'disk')) expect(disk.format).toBe('qcow2')
  }
})

test('a site that no table knows has a code and a network of its own', () => {
  expect(siteNamed('Złota Góra 2').codes).toEqual(['zotagora'])
  expect(siteNamed('§').codes[0]).toMatch(/^s/)
  expect(siteNamed('Somewhere').network).toBe(siteNamed('Somewhere').network)
})

test.each([
  [200, 10_000],
  [1, 1],
  [3, 50],
  [1_000, 100_000],
  [5, 0],
])('the demo of %i hosts and %i machines has exactly so many', (hosts, machines) => {
  const sites = demoConnections(hosts, machines, 1)
  expect(sites.reduce((sum, { config }) => sum + config.hosts, 0)).toBe(hosts)
  expect(sites.reduce((sum, { config }) => sum + config.machines, 0)).toBe(machines)
  expect(new Set(sites.map((site) => site.name)).size).toBe(sites.length)
  for (const { config } of sites) expect(simulatedConfigSchema.parse(config)).toEqual(config)
})
