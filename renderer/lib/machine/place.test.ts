import { expect, test } from 'vitest'
import { cloudName, zoneOf } from './place.ts'

test('a zone that is but a number is told with its region', () => {
  expect(zoneOf({ region: 'westeurope', zone: '1' })).toBe('westeurope-1')
  expect(zoneOf({ region: 'eu-central-1', zone: 'eu-central-1b' })).toBe('eu-central-1b')
  expect(zoneOf({ region: 'westeurope', zone: null })).toBe('westeurope')
})

test('clouds have names, hypervisors none', () => {
  expect([cloudName('azure'), cloudName('libvirt'), cloudName(undefined)]).toEqual(['Azure', null, null])
})
