import { expect, test } from 'vitest'
import { monitorsOf, placesFor } from './window-places.ts'

const LEFT = { left: 0, top: 0, width: 1_920, height: 1_040 }
const RIGHT = { left: 1_920, top: 0, width: 1_280, height: 1_024 }

test('a window a monitor; what is more begins again, smaller and beside', () => {
  expect(placesFor(3, [LEFT, RIGHT])).toEqual([LEFT, RIGHT, { left: 32, top: 32, width: 1_080, height: 820 }])
})

test('on a single monitor they lie one upon the other, and within it', () => {
  expect(placesFor(2, [LEFT])).toEqual([
    { left: 0, top: 0, width: 1_080, height: 820 },
    { left: 32, top: 32, width: 1_080, height: 820 },
  ])
  expect(placesFor(2, [{ left: 0, top: 0, width: 800, height: 600 }])[1]).toEqual({ left: 32, top: 32, width: 768, height: 568 })
})

const SCREEN = { availWidth: 1_920, availHeight: 1_040 }
const details = (available: typeof LEFT) => ({
  availLeft: available.left,
  availTop: available.top,
  availWidth: available.width,
  availHeight: available.height,
})

test('the browser is asked for its monitors where there are several, and nobody is asked otherwise', async () => {
  let asked = 0
  const getScreenDetails = () => {
    asked += 1
    return Promise.resolve({ screens: [details(LEFT), details(RIGHT)] })
  }
  expect(await monitorsOf({ screen: SCREEN, getScreenDetails })).toEqual([LEFT])
  expect(await monitorsOf({ screen: { ...SCREEN, isExtended: true } })).toEqual([LEFT])
  expect(asked).toBe(0)
  expect(await monitorsOf({ screen: { ...SCREEN, isExtended: true }, getScreenDetails })).toEqual([LEFT, RIGHT])
})

test('who does not allow it gets them on the one monitor', async () => {
  const getScreenDetails = () => Promise.reject(new DOMException('no', 'NotAllowedError'))
  expect(await monitorsOf({ screen: { ...SCREEN, isExtended: true }, getScreenDetails })).toEqual([LEFT])
})
