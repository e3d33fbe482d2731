import { expect, test } from 'vitest'
import { listenersIn } from './ports-in-use.ts'

test('listeners of both families are counted once, connections are not', () => {
  const text = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 00000000:C000 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 24601 1 0000000000000000 100 0 0 10 0',
    '   1: 0100007F:C001 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 24602 1 0000000000000000 100 0 0 10 0',
    '   0: 00000000000000000000000000000000:C000 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0 0 1',
    '  10: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0 0 2',
  ].join('\n')
  expect(listenersIn(text)).toEqual([0xc000, 22])
})
