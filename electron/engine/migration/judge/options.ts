import { blocks, type Case, type Check, copiesOf, type OfferedMend, passes, sendsMemory, type Verdict, warns, wish } from './judge.ts'
import { compareVersions } from './software.ts'
import type { FindingCode } from './words.ts'

/** QEMU can do both at once from here on. */
const POST_COPY_IN_PARALLEL = '10.1'

interface Conflict {
  readonly code: FindingCode
  readonly isThere: (one: Case) => boolean
  readonly mends: readonly OfferedMend[]
}

const WITHOUT_TUNNEL = wish('without-tunnel', { tunnelled: false })
const WITHOUT_POST_COPY = wish('without-post-copy', { postCopy: false })
const WITHOUT_PARALLEL = wish('without-parallel', { parallel: 0 })
const LIVE = wish('move-live', { mode: 'live' })

/** What libvirt and QEMU refuse together, most of it only once the move has begun. */
const CONFLICTS: readonly Conflict[] = [
  { code: 'cold-running', isThere: ({ spec, out }) => spec.mode === 'cold' && out.isRunning, mends: [LIVE] },
  { code: 'cold-tunnelled', isThere: ({ spec }) => spec.mode === 'cold' && spec.tunnelled, mends: [WITHOUT_TUNNEL] },
  {
    code: 'cold-limit',
    isThere: (one) => one.carried !== null && copiesOf(one).length > 0 && one.spec.bandwidthBytesPerS !== null,
    mends: [wish('more-bandwidth', { bandwidthBytesPerS: null })],
  },
  { code: 'paused-post-copy', isThere: ({ spec }) => spec.mode === 'paused' && spec.postCopy, mends: [WITHOUT_POST_COPY, LIVE] },
  {
    code: 'tunnelled-client',
    isThere: ({ spec }) => spec.tunnelled && spec.control === 'client',
    mends: [WITHOUT_TUNNEL, wish('peer-led', { control: 'peer' })],
  },
  { code: 'tunnelled-copies', isThere: (one) => one.spec.tunnelled && copiesOf(one).length > 0, mends: [WITHOUT_TUNNEL] },
  {
    code: 'tunnelled-post-copy',
    isThere: ({ spec }) => spec.tunnelled && spec.postCopy,
    mends: [WITHOUT_TUNNEL, WITHOUT_POST_COPY],
  },
  {
    code: 'tunnelled-parallel',
    isThere: ({ spec }) => spec.tunnelled && spec.parallel > 1,
    mends: [WITHOUT_PARALLEL, WITHOUT_TUNNEL],
  },
  {
    code: 'parallel-compress',
    isThere: ({ spec }) => spec.parallel > 1 && spec.compress,
    mends: [wish('without-compression', { compress: false }), WITHOUT_PARALLEL],
  },
  {
    code: 'parallel-post-copy',
    isThere: (one) => one.spec.parallel > 1 && one.spec.postCopy && !canBoth(one),
    mends: [WITHOUT_PARALLEL, WITHOUT_POST_COPY],
  },
]

export const options: Check = (one) => {
  const conflicts = CONFLICTS.filter(({ isThere }) => isThere(one)).map(({ code, mends }): Verdict => blocks(code, { mends }))
  const risks = one.spec.postCopy && sendsMemory(one) ? [warns('post-copy-risk', { mends: [WITHOUT_POST_COPY] })] : []
  const found = [...conflicts, ...strangersIn(one), ...risks]
  return found.length > 0 ? found : [passes('options-fit')]
}

function canBoth({ out, into }: Case): boolean {
  return [out.host.hypervisor, into.host.hypervisor].every(
    (version) => version !== null && compareVersions(version, POST_COPY_IN_PARALLEL) >= 0,
  )
}

/** A wish that was made for another machine, or before a device went. */
function strangersIn({ wished, out }: Case): readonly Verdict[] {
  const disks = wished.disks.map(({ target }) => target).filter((target) => !out.disks.some((disk) => disk.target === target))
  const nics = wished.nics.map(({ mac }) => mac).filter((mac) => !out.nics.some((nic) => nic.mac === mac.toLowerCase()))
  return [...disks, ...nics].map((device) => blocks('wish-unknown', { about: device, params: { device, name: out.name } }))
}
