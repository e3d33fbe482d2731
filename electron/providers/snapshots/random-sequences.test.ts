import { expect, test } from 'vitest'
import { count, Walk } from './testing/walk.ts'

const SEQUENCES = 2_100
const STEPS = 36

test('whatever is done that is allowed, what was written before each snapshot can be read', { timeout: 60_000 }, () => {
  const accepted = new Map<string, number>()
  const refusals = new Map<string, number>()
  let lostUnseen = 0
  for (let seed = 1; seed <= SEQUENCES; seed += 1) {
    const walk = new Walk(seed)
    try {
      for (let step = 0; step < STEPS; step += 1) {
        walk.step()
      }
      walk.check()
    } catch (thrown) {
      throw new Error(`seed ${seed}`, { cause: thrown })
    }
    lostUnseen += walk.lostUnseen
    for (const [what, times] of walk.accepted) count(accepted, what, times)
    for (const [what, times] of walk.refusals) count(refusals, what, times)
  }
  // a rule that refuses everything keeps all data as well
  for (const what of [
    'create-internal',
    'create-external',
    'revert-internal',
    'revert-external',
    'delete-internal',
    'delete-external',
    'merge',
    'flatten',
    'discard',
    'clone',
  ]) {
    expect([what, (accepted.get(what) ?? 0) > (what === 'merge' ? 20 : 200)]).toEqual([what, true])
  }
  for (const code of [
    'snapshot.mixed-chain',
    'snapshot.needed',
    'snapshot.stands-on',
    'snapshot.raw-inside',
    'snapshot.not-in-chain',
    'snapshot.machine-stands',
    'snapshot.cannot-tell',
    'snapshot.pool-full',
    'snapshot.cannot-tell',
  ]) {
    expect([code, (refusals.get(code) ?? 0) > 50]).toEqual([code, true])
  }
  // that one which could not be looked at may be destroyed was said, and happened
  expect(lostUnseen).toBeGreaterThan(20)
})
