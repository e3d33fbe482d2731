/**
 * Records golden frames from a real daemon: `node electron/libvirt/testing/record-golden.ts`. Starts a libvirtd of its own, makes the calls
 * below through the library, and writes every message that went either way to wire/golden/. What needs a machine with a guest in it is
 * recorded by e2e/lab/record-golden.ts.
 */
import type { LibvirtClient } from '../index.ts'
import { startPrivateLibvirtd } from './private-libvirtd.ts'
import { record } from './recorder.ts'
import { until } from './until.ts'

async function driveTestDriver(client: LibvirtClient): Promise<void> {
  const events: string[] = []
  await client.events.subscribe('domain.lifecycle', () => events.push('lifecycle'))
  await client.events.subscribe('network.lifecycle', () => events.push('network'))
  await client.events.subscribe('storage-pool.refresh', () => events.push('refresh'))
  const { dom } = await client.call('domainLookupByName', { name: 'test' })
  await client.call('domainLookupByName', { name: 'no such machine ☃' }).catch(() => {})
  await client.call('connectListAllDomains', { needResults: 1 })
  await client.call('connectGetAllDomainStats', { doms: [], stats: 0 })
  await client.call('domainGetInfo', { dom })
  await client.call('domainGetState', { dom })
  await client.call('domainGetXmlDesc', { dom })
  await client.call('domainGetVcpus', { dom, maxinfo: 2, maplen: 2 })
  await client.call('domainGetSchedulerParametersFlags', { dom, nparams: 5 }).catch(() => {})
  await client.call('domainSetMetadata', { dom, type: 1, metadata: 'Billing & accounts', flags: 0 })
  await client.call('domainDestroyFlags', { dom })
  await client.call('domainCreateWithFlags', { dom })
  await client.call('domainSnapshotCreateXml', { dom, xmlDesc: '<domainsnapshot><name>one</name></domainsnapshot>' })
  await client.call('domainListAllSnapshots', { dom, needResults: 1 })
  const { net } = await client.call('networkLookupByName', { name: 'default' })
  await client.call('networkDestroy', { net })
  await client.call('networkCreate', { net })
  const { pool } = await client.call('storagePoolLookupByName', { name: 'default-pool' })
  await client.call('storagePoolGetInfo', { pool })
  await client.call('storagePoolRefresh', { pool })
  await client.call('connectListAllInterfaces', { needResults: 1 })
  await client.call('nodeGetInfo')
  await client.call('nodeGetCpuMap', { needMap: 1, needOnline: 1 })
  const { stream } = await client.openStream('domainScreenshot', { dom, screen: 0 })
  for await (const _ of stream.bytes());
  await stream.finish()
  await until(() => events.length >= 5, 'the events')
}

async function driveSession(client: LibvirtClient): Promise<void> {
  const xml = "<secret ephemeral='no' private='no'><usage type='ceph'><name>golden</name></usage></secret>"
  const { secret } = await client.call('secretDefineXml', { xml })
  await client.call('secretSetValue', { secret, value: new Uint8Array([1, 2, 3]) })
  await client.call('secretGetValue', { secret })
  await client.call('connectListAllSecrets', { needResults: 1 })
  await client.call('secretUndefine', { secret })
  await client.call('nodeGetSecurityModel')
  await client.call('nodeGetMemoryStats', { nparams: 4, cellNum: -1 })
  await client
    .call('domainMigratePrepare3', { cookieIn: new Uint8Array(0), uriIn: null, flags: 0n, dname: null, resource: 0n, domXml: 'no' })
    .catch(() => {})
}

const daemon = await startPrivateLibvirtd()
try {
  await record('test-driver-9.0.jsonl', { uri: 'test:///default' }, await daemon.open(), driveTestDriver)
  await record('session-9.0.jsonl', { uri: 'qemu:///session' }, await daemon.open(), driveSession)
} finally {
  await daemon.stop()
}
