import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { GENERATED_DIR, generateAll } from './generate.ts'
import { camelCase, typeName } from './parse-facts.ts'
import { messageTable, procedureTable } from './procedure-table.ts'

test('generating again gives the checked-in files, byte for byte', () => {
  const changed = [...generateAll()].filter(([name, source]) => readFileSync(join(GENERATED_DIR, name), 'utf8') !== source)
  expect(changed.map(([name]) => name)).toEqual([])
})

test('every procedure of the remote and the qemu program is in one of the tables', () => {
  const remote = [...procedureTable().values()].filter((row) => !row.name.startsWith('qemu'))
  const remoteMessages = messageTable().filter((row) => !row.name.startsWith('qemu'))
  const numbers = [...remote, ...remoteMessages].map((row) => row.number).toSorted((a, b) => a - b)
  expect(numbers).toEqual(Array.from({ length: 443 }, (_, index) => index + 1))
  expect(procedureTable().size + messageTable().length).toBe(450)
})

test.each([
  ['DOMAIN_GET_XML_DESC', 'domainGetXmlDesc'],
  ['DOMAIN_MIGRATE_BEGIN3_PARAMS', 'domainMigrateBegin3Params'],
  ['callbackID', 'callbackID'],
  ['cookie_in', 'cookieIn'],
])('%s is named %s', (wire, name) => {
  expect(camelCase(wire)).toBe(name)
})

test('types are named after what they are', () => {
  expect(typeName('remote_nonnull_storage_vol')).toBe('StorageVolRef')
  expect(typeName('remote_domain_get_info_ret')).toBe('DomainGetInfoRet')
  expect(typeName('qemu_domain_agent_command_args')).toBe('QemuDomainAgentCommandArgs')
})

test.each([
  ['domainGetXmlDesc', 'read', 'hypervisor'],
  ['domainCreateWithFlags', 'write', 'hypervisor'],
  ['domainSetSchedulerParameters', 'write', 'hypervisor'],
  ['domainStartDirtyRateCalc', 'write', 'hypervisor'],
  ['domainInterfaceAddresses', 'read', 'hypervisor'],
  ['connectListAllStoragePools', 'read', 'storage'],
  ['storageVolUpload', 'write', 'storage'],
  ['networkGetXmlDesc', 'read', 'network'],
  ['connectNumOfNetworks', 'read', 'network'],
  ['connectNetworkEventRegisterAny', 'read', 'network'],
  ['connectNetworkEventDeregisterAny', 'read', 'network'],
  ['connectStoragePoolEventDeregisterAny', 'read', 'storage'],
  ['nodeListDevices', 'read', 'node-device'],
  ['connectListAllNodeDevices', 'read', 'node-device'],
  ['nodeDeviceCreateXml', 'write', 'node-device'],
  ['nodeDeviceDettach', 'write', 'hypervisor'],
  ['nodeDeviceDetachFlags', 'write', 'hypervisor'],
  ['nodeDeviceReAttach', 'write', 'hypervisor'],
  ['nodeDeviceReset', 'write', 'hypervisor'],
  ['nodeGetInfo', 'read', 'hypervisor'],
  ['secretSetValue', 'write', 'secret'],
  ['connectListAllInterfaces', 'read', 'interface'],
  ['interfaceChangeBegin', 'write', 'interface'],
  ['nwfilterDefineXml', 'write', 'nwfilter'],
  ['connectOpen', 'read', 'connection'],
] as const)('%s is a %s of the %s part', (name, access, group) => {
  expect(procedureTable().get(name)).toMatchObject({ access, group })
})
