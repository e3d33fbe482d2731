import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The name of machine `n` of a test driver file, from 1. */
export function testDomainName(n: number): string {
  return `vm-${String(n).padStart(5, '0')}`
}

/** Which machines of a test driver file run: two of three, or none, so that libvirt can tell no two apart. */
export type TestStates = 'mixed' | 'all-off'

/**
 * XML of a `test:///path` host with so many machines. Its state is private to each connection.
 * Known limits of the driver: no device hotplug, no job info.
 */
export function testDriverXml(machines: number, states: TestStates = 'mixed'): string {
  const domains: string[] = []
  for (let n = 1; n <= machines; n++) {
    const uuid = `10000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`
    const memoryKiB = (256 + (n % 8) * 256) * 1024
    // The driver's own element: 1 running, 5 shut off.
    const state = states === 'all-off' || n % 3 === 0 ? 5 : 1
    domains.push(`<domain type='test'><test:runstate xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>${state}</test:runstate>
<name>${testDomainName(n)}</name><uuid>${uuid}</uuid><memory>${memoryKiB}</memory><vcpu>${1 + (n % 4)}</vcpu><os><type>hvm</type></os></domain>`)
  }
  return `<node>
<cpu><mhz>3000</mhz><model>i686</model><active>64</active><nodes>2</nodes><sockets>2</sockets><cores>8</cores><threads>2</threads></cpu>
<memory>268435456</memory>
${domains.join('\n')}
<pool type='dir'><name>default</name><uuid>20000000-0000-4000-8000-000000000001</uuid><target><path>/default-pool</path></target></pool>
<network><name>default</name><uuid>20000000-0000-4000-8000-000000000002</uuid><forward/><bridge name='testbr0'/><ip address='192.168.122.1' netmask='255.255.255.0'/></network>
</node>
`
}

/**
 * Writes testDriverXml(machines) into `dir` and returns the file's path: `test://PATH` is its libvirt URI. Put it into a lab host's folder
 * (`host.dir`) or `lab.sharedDir` and say `/srv/host/NAME` or `/srv/host/shared/NAME` where libvirtd of that host is to open it.
 */
export async function makeTestDriverXml(machines: number, dir: string, states: TestStates = 'mixed'): Promise<string> {
  const path = join(dir, `test-${machines}.xml`)
  await writeFile(path, testDriverXml(machines, states))
  return path
}
