import { expect, test } from 'vitest'
import { BalloonTargets, runOf, startKiB } from './balloon.ts'

test('a machine that was started with less is told so, until it has got there and moves away again', () => {
  const balloons = new BalloonTargets()
  balloons.started('a', '3', 65_536)
  balloons.saw('a', 131_072)
  balloons.saw('a', 90_000)
  expect(balloons.of('a', '3')).toMatchObject({ targetKiB: 65_536, isAsked: false })
  balloons.saw('a', 65_534)
  expect(balloons.of('a', '3')).toMatchObject({ targetKiB: 65_536 })
  balloons.saw('a', 98_304)
  expect(balloons.of('a', '3')).toBeNull()
})

test('what was told holds for that run of it alone', () => {
  const balloons = new BalloonTargets()
  balloons.started('a', '3', 65_536)
  expect(balloons.of('a', '4')).toBeNull()
  expect(balloons.of('b', '3')).toBeNull()
  balloons.asked('a', '4', 98_304)
  expect(balloons.of('a', '4')).toMatchObject({ targetKiB: 98_304, isAsked: true })
  balloons.stopped('a')
  expect(balloons.of('a', '4')).toBeNull()
})

test('the run and what a start tells stand in the definitions', () => {
  expect(runOf("<domain type='kvm' id='7'/>")).toBe('7')
  expect(startKiB("<domain><memory unit='MiB'>2</memory><currentMemory unit='KiB'>1024</currentMemory></domain>")).toBe(1_024)
  expect(startKiB("<domain><memory unit='MiB'>2</memory></domain>")).toBe(2_048)
})
