import { expect, test } from 'vitest'
import type { HostId, Machine, MigrationPrediction } from '../../../shared/model/index.ts'
import { inOrder, roomiest, timeOfAll } from './placement.ts'

const room = (name: string, freeKiB: number | null, isNear = true) => ({ hostId: name as HostId, name, freeKiB, isNear })
const machine = (name: string, memoryKiB: number) => ({ name, memoryKiB }) as Machine
const taking = (low: number, likely: number, high: number) => ({ totalMs: { low, likely, high } }) as MigrationPrediction

test('the host with most memory free takes it, one whose memory is not known comes last, and one without room never', () => {
  const rooms = [room('a', 100), room('b', 300), room('c', null), room('d', 200)]
  expect(roomiest(rooms, 150, new Set())?.name).toBe('b')
  expect(roomiest(rooms, 150, new Set(['b' as HostId]))?.name).toBe('d')
  expect(roomiest(rooms, 400, new Set())?.name).toBe('c')
  expect(roomiest([room('a', 100)], 101, new Set())).toBeUndefined()
  expect(roomiest([room('far', 900, false), room('near', 200)], 150, new Set())?.name).toBe('near')
})

test('the order is by memory or by name, and those of one size go by name', () => {
  const machines = [machine('c', 2), machine('a', 4), machine('b', 2)]
  expect(inOrder(machines, 'smallest-first').map(({ name }) => name)).toEqual(['b', 'c', 'a'])
  expect(inOrder(machines, 'largest-first').map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  expect(inOrder(machines, 'name').map(({ name }) => name)).toEqual(['a', 'b', 'c'])
})

test('moves side by side take as long as the longest lane', () => {
  const moves = [taking(1, 10, 20), taking(1, 20, 40), taking(1, 10, 20), null]
  expect(timeOfAll(moves, 1)).toEqual({ low: 3, likely: 40, high: 80 })
  expect(timeOfAll(moves, 2)).toEqual({ low: 2, likely: 20, high: 40 })
  expect(timeOfAll([taking(1, 30, 31), taking(1, 30, 31)], 2)?.high).toBe(60)
  expect(timeOfAll([null], 1)).toBeNull()
})
