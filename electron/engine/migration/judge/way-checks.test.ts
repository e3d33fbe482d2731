import { describe, expect, test } from 'vitest'
import { aCase, aDisk, anEnd, aPrediction, carried, MAC } from '../testing/a-case.ts'
import { type Example, mendsOf, saidBy } from '../testing/example.ts'
import type { WritesThen } from '../writes/writes-then.ts'
import { clock, hostNames } from './hosts.ts'
import type { Check } from './judge.ts'
import { agent, display, networks } from './networks.ts'
import { bandwidth, dirtyRate, ports, trust } from './ways.ts'
import { writePeak } from './write-peak.ts'

const card = (kind: string, more: { network?: string; bridge?: string } = {}) => ({
  nics: [{ mac: MAC, kind, network: more.network ?? null, bridge: more.bridge ?? null, portGroup: null }],
})
const grouped = (portGroups: readonly string[] | undefined) => ({
  out: { nics: [{ mac: MAC, kind: 'network', network: 'prod', bridge: null, portGroup: 'guests' }] },
  into: { networks: [{ name: 'prod', isActive: true, ...(portGroups && { portGroups }) }] },
})
const nic = (on: object) => JSON.stringify({ nics: [{ mac: MAC, on }] })
const source = (clockOffsetMs: number | null, more: Parameters<typeof anEnd>[2] = {}) => ({
  host: anEnd('a', '10.0.0.1', { clockOffsetMs, ...more }),
})
const target = (more: Parameters<typeof anEnd>[2]) => ({ host: anEnd('b', '10.0.0.2', more) })
const NOT_MEASURED = { measured: null }
const measured = (bandwidthBytesPerS: number | null, notes: Array<{ code: string; text: string }> = []) => ({
  measured: { dirtyBytesPerS: null, bandwidthBytesPerS, notes, measuredAtMs: 0 },
})
const CLOSED = measured(null, [{ code: 'migration.no-way', text: 'No route to host' }])
const PEER = { control: 'peer' as const }
const ABOVE = { prediction: aPrediction({ converges: false, dirtyBytesPerS: 300 * 1_048_576 }) }

const peak = (change: Partial<NonNullable<WritesThen['peak']>> = {}) => ({
  writing: {
    usualBytesPerS: 1_048_576,
    peak: {
      fromMs: 0,
      untilMs: 1,
      bytesPerS: 9e6,
      days: 9,
      calmFromMs: 7_200_000,
      longerMs: 90_000,
      usualMs: 60_000,
      isEndless: false,
      ...change,
    },
  },
})

const EXAMPLES: ReadonlyArray<readonly [check: Check, examples: readonly Example[]]> = [
  [
    networks,
    [
      ['there', {}, [`passed network-there:${MAC}`]],
      ['no card', { out: { nics: [] } }, ['passed networks-none']],
      [
        'missing',
        { into: { networks: [{ name: 'lan', isActive: true }] } },
        [`blocks network-missing:${MAC}`],
        ['create-network', nic({ kind: 'network', name: 'lan' })],
      ],
      [
        'missing, and not to be made alike',
        { into: { networks: [] }, more: { sourceNetworks: new Map() } },
        [`blocks network-missing:${MAC}`],
        [],
      ],
      [
        'off',
        {
          into: {
            networks: [
              { name: 'prod', isActive: false },
              { name: 'dead', isActive: false },
            ],
          },
        },
        [`blocks network-off:${MAC}`],
        ['start-network'],
      ],
      ['in a port group', grouped(['guests', 'office']), [`passed network-there:${MAC}`, `passed port-group-there:${MAC}`]],
      [
        'in a port group that is missing',
        grouped(['office']),
        [`passed network-there:${MAC}`, `blocks port-group-missing:${MAC}`],
        [nic({ kind: 'network', name: 'prod', portGroup: null })],
      ],
      ['in a port group that nobody tells of', grouped(undefined), [`passed network-there:${MAC}`, `unknown port-group-unknown:${MAC}`]],
      ['in a port group of a network that is missing', { ...grouped([]), into: { networks: [] } }, [`blocks network-missing:${MAC}`]],
      [
        'taken out of its port group',
        { ...grouped(['guests']), wish: { nics: [{ mac: MAC, on: { kind: 'network', name: 'prod', portGroup: null } }] } },
        [`passed network-there:${MAC}`, `warns port-group-left:${MAC}`],
      ],
      [
        'on another network than that of its port group',
        { ...grouped(['guests']), wish: { nics: [{ mac: MAC, on: { kind: 'bridge', name: 'br0' } }] } },
        [`passed bridge-there:${MAC}`, `warns port-group-left:${MAC}`],
      ],
      [
        'chosen by a person',
        { wish: { nics: [{ mac: MAC.toUpperCase(), on: { kind: 'bridge', name: 'br0' } }] } },
        [`passed bridge-there:${MAC.toUpperCase()}`],
      ],
      ['bridge', { out: card('bridge', { bridge: 'br0' }) }, [`passed bridge-there:${MAC}`]],
      [
        'bridge missing',
        { out: card('bridge', { bridge: 'br9' }) },
        [`blocks bridge-missing:${MAC}`],
        [nic({ kind: 'network', name: 'prod' })],
      ],
      ['bridges not told', { out: card('bridge', { bridge: 'br9' }), into: { bridges: [] } }, [`unknown bridge-unknown:${MAC}`]],
      ['on a device', { out: card('direct') }, [`unknown nic-direct:${MAC}`]],
      ['of the user', { out: card('user') }, [`passed nic-user:${MAC}`]],
      ['a passed-through one is a device', { out: card('hostdev') }, []],
    ],
  ],
  [
    display,
    [
      ['none', { out: { displays: [] } }, ['passed display-none']],
      ['everywhere', { out: { displays: ['0.0.0.0', '::1'] } }, ['passed display-fits']],
      ['an address of both', { out: { displays: ['10.0.0.2'] } }, ['passed display-fits']],
      ['an address of the source', { out: { displays: ['10.0.0.1', '10.0.0.1'] } }, ['blocks display-address:10.0.0.1']],
      ['the same at the next start', { out: { displays: ['10.0.0.1'], isRunning: false } }, ['warns display-address:10.0.0.1']],
      ['no address told', { out: { displays: ['10.0.0.1'] }, into: target({ addresses: [] }) }, ['unknown display-unknown:10.0.0.1']],
    ],
  ],
  [
    agent,
    [
      ['answers', {}, ['passed agent-answers']],
      ['silent', { out: { agentAnswers: false } }, ['warns agent-silent']],
      ['none', { out: { agentAnswers: null } }, ['passed agent-none']],
      ['off', { out: { agentAnswers: false, isRunning: false } }, ['passed agent-off']],
    ],
  ],
  [
    clock,
    [
      ['agree', {}, ['passed clocks-agree']],
      ['not told', { out: source(null) }, ['unknown clocks-unknown']],
      ['1.9 s', { into: target({ clockOffsetMs: 1_900 }) }, ['passed clocks-agree']],
      ['2.1 s, as sure as that', { into: target({ clockOffsetMs: 2_100 }) }, ['warns clocks-apart'], ['set-clock']],
      ['2.1 s, seen from far away', { into: target({ clockOffsetMs: 2_100, clockErrorMs: 400 }) }, ['passed clocks-agree']],
      ['an hour', { out: source(-3_600_000), into: target({ clockOffsetMs: 3_000 }) }, ['warns clocks-apart'], ['set-clock', 'set-clock']],
      ['nothing there to set it', { into: target({ clockOffsetMs: 3_600_000, timeService: null }) }, ['warns clocks-apart-no-service'], []],
    ],
  ],
  [
    hostNames,
    [
      ['right', {}, ['passed name-right:kvm-1', 'passed name-right:kvm-2']],
      ['as Debian has it', { into: target({ nameResolvesTo: ['127.0.1.1'] }) }, ['passed name-right:kvm-1', 'passed name-debian:kvm-2']],
      ['to itself', { into: target({ nameResolvesTo: ['127.0.0.1', '::1'] }) }, ['passed name-right:kvm-1', 'warns name-loopback:kvm-2']],
      ['to another', { into: target({ nameResolvesTo: ['10.0.0.77'] }) }, ['passed name-right:kvm-1', 'warns name-elsewhere:kvm-2']],
      [
        'to its own link and another',
        { into: target({ nameResolvesTo: ['fe80::1', '10.0.0.77'] }) },
        ['passed name-right:kvm-1', 'warns name-elsewhere:kvm-2'],
      ],
      ['to nothing', { into: target({ nameResolvesTo: [] }) }, ['passed name-right:kvm-1', 'passed name-unresolved:kvm-2']],
      ['not told', { out: source(0, { nameResolvesTo: null }) }, ['unknown name-unknown:kvm-1', 'passed name-right:kvm-2']],
      [
        'no address at all',
        { into: target({ addresses: [], nameResolvesTo: ['127.0.1.1'] }) },
        ['blocks no-address', 'passed name-right:kvm-1', 'unknown name-unknown:kvm-2'],
      ],
    ],
  ],
  [
    ports,
    [
      ['open', {}, ['passed ports-open']],
      ['not measured', { more: NOT_MEASURED }, ['unknown ports-unknown']],
      ['closed', { more: CLOSED }, ['blocks ports-closed'], []],
      [
        'closed, and no disk to copy',
        { out: { disks: [] }, more: CLOSED },
        ['blocks ports-closed'],
        ['{"control":"peer","tunnelled":true,"parallel":0}'],
      ],
      ['all in use', { into: { ports: { first: 1, last: 2, used: 2 } } }, ['blocks ports-full']],
      ['through a tunnel', { wish: { ...PEER, tunnelled: true }, more: CLOSED }, ['passed ports-not-needed']],
      ['through the console', { out: { isRunning: false }, more: { ...CLOSED, carried: carried() } }, ['passed ports-not-needed']],
      ['off, nothing to send', { out: { isRunning: false, disks: [] }, more: CLOSED }, ['passed ports-not-needed']],
    ],
  ],
  [
    trust,
    [
      ['led by the console', { into: { peerTrust: false } }, ['passed trust-not-needed']],
      ['there', { wish: PEER, into: { peerTrust: true } }, ['passed trust-there']],
      [
        'missing',
        { wish: { ...PEER, tunnelled: true }, into: { peerTrust: false, peerTrustNote: 'Permission denied' } },
        ['blocks trust-missing'],
        ['{"control":"client","tunnelled":false}'],
      ],
      ['not looked at', { wish: PEER }, ['unknown trust-unknown']],
    ],
  ],
  [
    bandwidth,
    [
      ['measured', {}, ['passed bandwidth-known']],
      ['not measured', { more: NOT_MEASURED }, ['unknown bandwidth-unknown']],
      ['nothing gets through', { more: measured(0) }, ['blocks bandwidth-zero']],
      ['nothing to send', { out: { isRunning: false, disks: [] } }, ['passed bandwidth-not-needed']],
      ['through the console', { out: { isRunning: false }, more: { ...measured(0), carried: carried() } }, ['passed bandwidth-console']],
    ],
  ],
  [
    dirtyRate,
    [
      ['below', {}, ['passed dirty-below']],
      ['not measured', { more: { prediction: aPrediction({ dirtyBytesPerS: null }) } }, ['unknown dirty-unknown']],
      ['nothing foretold', { more: { prediction: null } }, ['unknown dirty-unknown']],
      [
        'above',
        { more: ABOVE },
        ['warns dirty-above'],
        [
          '{"autoConverge":true}',
          '{"postCopy":true,"tunnelled":false,"parallel":0}',
          '{"mode":"paused","postCopy":false,"autoConverge":false}',
        ],
      ],
      [
        'above a limit',
        { wish: { bandwidthBytesPerS: 10_485_760 }, more: { ...ABOVE, ...measured(500 * 1_048_576) } },
        ['warns dirty-above'],
        [
          '{"bandwidthBytesPerS":null}',
          '{"autoConverge":true}',
          '{"postCopy":true,"tunnelled":false,"parallel":0}',
          '{"mode":"paused","postCopy":false,"autoConverge":false}',
        ],
      ],
      [
        'above, with the ways out that were foretold',
        {
          more: {
            prediction: aPrediction({ converges: false, waysOut: [{ label: { code: 'x', text: 'Night' }, set: { compress: true } }] }),
          },
        },
        ['warns dirty-above'],
        ['{"compress":true}'],
      ],
      ['above, slowed down', { wish: { autoConverge: true }, more: ABOVE }, ['passed dirty-handled']],
      ['above, in post-copy', { wish: { postCopy: true }, more: ABOVE }, ['passed dirty-handled']],
      ['paused', { wish: { mode: 'paused' }, more: ABOVE }, ['passed dirty-not-needed']],
    ],
  ],
  [
    writePeak,
    [
      ['as usual', {}, ['passed writes-usual']],
      ['not known', { more: { writing: null } }, []],
      ['in a peak', { more: peak() }, ['warns write-peak'], ['when']],
      ['in one without an end', { more: peak({ calmFromMs: null }) }, ['warns write-peak'], []],
      ['hardly longer', { more: peak({ longerMs: 5_900 }) }, ['passed write-peak-harmless'], []],
      ['longer by next to nothing', { more: peak({ longerMs: 4_900, usualMs: 9_000 }) }, ['passed write-peak-harmless'], []],
      ['never ends then', { more: peak({ longerMs: 0, isEndless: true }) }, ['warns write-peak-endless'], ['when']],
    ],
  ],
]

describe.each(EXAMPLES.map(([check, examples]) => ({ check, examples, of: check.name })))('$of', ({ check, examples }) => {
  test.each(examples.map(([title, change, says, mends]) => ({ title, change, says, mends })))('$title', ({ change, says, mends }) => {
    expect(saidBy(check, change)).toEqual(says)
    expect(mends && mendsOf(check, aCase(change))).toEqual(mends)
  })
})

test('clocks: whose is wrong, and by how much', () => {
  const [found] = clock(aCase({ out: source(-3_600_000), into: target({ clockOffsetMs: 40 }) }))
  expect(found).toMatchObject({
    reason: { params: { by: '1 h', ahead: 'kvm-2', host: 'kvm-1' } },
    facts: 'kvm-1 -3600000 ms, kvm-2 +40 ms',
    mends: [{ mend: { mend: 'set-clock', side: 'source' } }],
  })
})

test('a write peak: when, how high, and by how much longer', () => {
  const fromMs = new Date(2026, 5, 1, 2).getTime()
  const untilMs = new Date(2026, 5, 1, 2, 30).getTime()
  const [found] = writePeak(aCase({ more: peak({ fromMs, untilMs, calmFromMs: untilMs, longerMs: 120_000 }) }))
  expect(found?.reason.text).toBe(
    'Write peak at 02:00. Until 02:30 the guest writes about 8.6 MiB a second to its disks on most days, else 1 MiB (9 days seen). Moving then takes about 2 min longer.',
  )
  expect(found?.mends).toMatchObject([
    { label: { text: 'Plan for 02:30', params: { atMs: String(untilMs) } }, mend: { mend: 'when', atMs: untilMs } },
  ])
})

test('a firewall: what the measurement met with is shown as it was said', () => {
  expect(ports(aCase({ more: CLOSED }))[0]).toMatchObject({ facts: 'No route to host' })
})

test('a tunnel is no way for what has disks to copy', () => {
  expect(mendsOf(ports, aCase({ out: { disks: [aDisk('vda')] }, more: CLOSED }))).toEqual([])
})
