import { describe, expect, test } from 'vitest'
import type { OvfPackage } from './ovf.ts'
import { readOvf } from './ovf-read.ts'
import { COLLECTION, VIRTUALBOX, VMWARE } from './testing/descriptors.ts'

const read = (text: string): OvfPackage => readOvf(new TextEncoder().encode(text))

describe('of VirtualBox', () => {
  const ovf = read(VIRTUALBOX)

  test('size, firmware and what is in it', () => {
    expect(ovf.system).toMatchObject({ name: 'deb', vcpus: 2, memoryMiB: 2_048, firmware: 'uefi', tpm: true, coresPerSocket: null })
    expect(ovf.system.os).toEqual({ id: 96, names: ['Debian12_64', 'Debian12_64'] })
    expect(ovf.system.drives).toEqual([{ diskId: 'vmdisk1', controller: 'AHCI' }])
    expect(ovf.system.cards).toEqual([{ network: 'NAT', model: 'E1000' }])
    expect(ovf.system.others).toEqual(['sound card'])
  })

  test('disks and files', () => {
    expect(ovf.files).toEqual([{ id: 'file1', href: 'deb-disk001.vmdk', sizeBytes: null, compression: null, chunkBytes: null }])
    expect(ovf.disks).toMatchObject([{ id: 'vmdisk1', fileId: 'file1', capacityBytes: 21_474_836_480 }])
    expect(ovf.networks).toEqual(['NAT'])
  })
})

describe('of VMware', () => {
  const ovf = read(VMWARE)

  test('the preferred of its configurations, and no bounds', () => {
    expect(ovf.system).toMatchObject({ name: 'Appliance', vcpus: 4, coresPerSocket: 2, memoryMiB: 8_192 })
  })

  test('Secure Boot, the TPM, and the notes', () => {
    expect(ovf.system).toMatchObject({ firmware: 'uefi-secure', tpm: true, description: 'Keeps & serves „things“.' })
    expect(ovf.system.others).toEqual([])
  })

  test('drives in the order of their places, an empty one with the size a property gives it', () => {
    expect(ovf.system.drives.map(({ diskId }) => diskId)).toEqual(['vmdisk1', 'vmdisk2'])
    expect(ovf.disks.map(({ fileId, capacityBytes }) => [fileId, capacityBytes / 2 ** 30])).toEqual([
      ['file1', 16],
      [null, 100],
    ])
  })

  test('what it asks of people', () => {
    expect(ovf.properties).toEqual(['admin.password'])
    expect(ovf.hasEula).toBe(true)
  })
})

test('of several machines the first is taken and the others are named', () => {
  const ovf = read(COLLECTION)
  expect(ovf.system).toMatchObject({ name: 'web', vcpus: null, memoryMiB: null, firmware: 'bios', drives: [], cards: [] })
  expect(ovf.otherSystems).toEqual(['Database'])
})

describe('is refused', () => {
  const refusal = (text: string | Uint8Array): unknown => {
    try {
      return readOvf(typeof text === 'string' ? new TextEncoder().encode(text) : text)
    } catch (thrown) {
      return thrown
    }
  }
  const cases: ReadonlyArray<readonly [name: string, text: string | Uint8Array, reason: string]> = [
    [
      'entities that multiply',
      '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><Envelope>&b;</Envelope>',
      'doctype',
    ],
    ['a file of the computer', '<!DOCTYPE x SYSTEM "file:///etc/passwd"><Envelope/>', 'doctype'],
    ['elements without end', '<a>'.repeat(100_000), 'xml'],
    ['no XML', 'Hello', 'xml'],
    ['nothing', '', 'xml'],
    ['other XML', '<domain/>', 'foreign'],
    ['a version before the first', '<Envelope><Content/></Envelope>', 'empty'],
    ['another encoding', new Uint8Array([0xff, 0xfe, 0x3c, 0x00]), 'encoding'],
    ['a size in words', VIRTUALBOX.replace('"21474836480"', '"twenty"'), 'number'],
    ['a size below nothing', VIRTUALBOX.replace('"21474836480"', '"-1"'), 'number'],
    ['a size beyond counting', VIRTUALBOX.replace('"21474836480"', '"9223372036854775807"'), 'number'],
    ['a unit of nothing', VMWARE.replaceAll('byte * 2^30', 'furlong'), 'unit'],
    ['a unit beyond counting', VMWARE.replaceAll('byte * 2^30', 'byte * 9999^99'), 'number'],
    ['a disk without a name', VIRTUALBOX.replace('ovf:diskId="vmdisk1"', ''), 'missing'],
    ['a size left to a property that is nowhere', VMWARE.replace('{data.size}', '{gone}'), 'number'],
  ]
  test.each(cases)('%s', (_name, text, reason) => {
    expect(refusal(text)).toMatchObject({ kind: 'invalid-input', code: 'ova.bad-descriptor', details: { reason } })
  })

  test('what is huge and deep, before it is read for long', () => {
    const huge = `<Envelope>${'<!-- x -->'.repeat(100_000)}${'<a b="c">'.repeat(50_000)}`
    expect(refusal(huge)).toMatchObject({ code: 'ova.bad-descriptor' })
  })
})
