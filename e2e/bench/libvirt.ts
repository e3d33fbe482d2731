import { getAllDomainStats, type LibvirtHost, listAllDomains } from '../../electron/libvirt/index.ts'
import { findPeer } from '../../scripts/peers.mjs'
import { type LabHost, must, startLab } from '../lab/lab.ts'
import { skipReason } from '../lab/requires.ts'
import { type BenchGroup, type Figure, median, timed } from './measure.ts'
import { openWire } from './wire.ts'

const DOMAINS = 10_000
const SMALL_CALLS = 1_000

/** The wire client against `virsh`, both over the same sshd to the same libvirtd with 10,000 defined qemu domains. */
export const libvirtGroup: BenchGroup = {
  name: 'libvirt',
  missing: async () => skipReason(findPeer('libvirtd')) || null,
  async *run() {
    const lab = await startLab({ hosts: [{ name: 'bench', inactiveDomains: DOMAINS, network: false }], prefix: 'ncb' })
    try {
      const [host] = lab.hosts
      if (!host) throw new Error('the lab has no host')
      yield* figures(host)
    } finally {
      await lab.stop()
    }
  },
}

async function* figures(host: LabHost): AsyncGenerator<Figure> {
  const connects = await timed(10, async () => {
    const link = await openWire(host)
    await link.close()
  })
  yield { name: 'SSH connect from cold to an open libvirt connection, median', value: median(connects), unit: 'ms', budget: null }
  const link = await openWire(host)
  try {
    yield* lists(link.libvirt, host)
    yield await smallCalls(link.libvirt, host)
  } finally {
    await link.close()
  }
}

async function* lists(libvirt: LibvirtHost, host: LabHost): AsyncGenerator<Figure> {
  let listed = 0
  const ours = await timed(10, async () => {
    listed = (await listAllDomains(libvirt)).length
  })
  if (listed !== DOMAINS) throw new Error(`${listed} domains listed instead of ${DOMAINS}`)
  const virshNames = await timed(3, () => must('virsh', ['-q', '-c', host.sshUri, 'list', '--all', '--name']), 0)
  yield {
    name: 'list of 10,000 domains on an open connection over SSH, median',
    value: median(ours),
    unit: 'ms',
    budget: 40,
    peer: { name: 'virsh list --all --name', value: median(virshNames) },
  }
  const stats = await timed(5, () => getAllDomainStats(libvirt))
  const virshStats = await timed(3, () => must('virsh', ['-q', '-c', host.sshUri, 'domstats']), 0)
  yield {
    name: 'bulk statistics of 10,000 inactive domains over SSH, median',
    value: median(stats),
    unit: 'ms',
    budget: 300,
    peer: { name: 'virsh domstats', value: median(virshStats) },
  }
}

/** One after the other, as a person's clicks are; virsh does its own in one process, without starting anew. */
async function smallCalls(libvirt: LibvirtHost, host: LabHost): Promise<Figure> {
  const ours = await timed(SMALL_CALLS, () => libvirt.call('connectGetHostname'), 50)
  const script = 'hostname\n'.repeat(SMALL_CALLS)
  const runOf = async (input: string) => {
    const start = performance.now()
    await must('virsh', ['-q', '-c', host.sshUri], { input })
    return performance.now() - start
  }
  const empty = await runOf('hostname\n')
  const full = await runOf(script)
  return {
    name: 'small call over SSH on loopback, median of 1,000 in sequence',
    value: median(ours),
    unit: 'ms',
    budget: 0.6,
    peer: { name: 'virsh hostname, mean of 1,000 in one process', value: (full - empty) / (SMALL_CALLS - 1) },
  }
}
