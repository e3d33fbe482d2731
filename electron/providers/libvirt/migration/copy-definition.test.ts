import { expect, test } from 'vitest'
import { LibvirtError } from '../../../libvirt/index.ts'
import { VIR_ERR } from '../problems.ts'
import { defineHere } from './copy-definition.ts'
import type { MigrationContext } from './migration-context.ts'

/** A host with machines of these UUIDs and names; `defined`: what it was told to define. */
function hostWith(machines: ReadonlyArray<{ readonly uuid: string; readonly name: string }>) {
  const defined: string[] = []
  const found = (machine: { readonly uuid: string; readonly name: string } | undefined) => {
    if (machine) return { dom: machine }
    const remote = { number: VIR_ERR.noDomain, domain: 10, level: 2, str1: null, str2: null, str3: null, int1: 0, int2: 0 }
    throw new LibvirtError('not-found', 'libvirt.no-domain', 'none', { remote })
  }
  const call = async (procedure: string, { uuid, name, xml }: { uuid: string; name: string; xml: string }) => {
    if (procedure === 'domainLookupByUuid') return found(machines.find((machine) => machine.uuid === uuid))
    if (procedure === 'domainLookupByName') return found(machines.find((machine) => machine.name === name))
    if (procedure === 'connectGetHostname') return { hostname: 'kvm-2' }
    defined.push(xml)
    return { dom: { uuid: 'u1', name: 'web' } }
  }
  const work = { signal: new AbortController().signal, sent: false }
  const context = { host: { call }, work, touch: () => {}, touchDefinition: () => {} } as unknown as MigrationContext
  return { context, defined }
}

test('nobody has its UUID or its name: it is defined', async () => {
  const { context, defined } = hostWith([{ uuid: 'u2', name: 'db' }])
  await defineHere(context, 'u1', 'web', '<domain/>')
  expect(defined).toEqual(['<domain/>'])
})

test.each([
  ['build.uuid-taken', { uuid: 'u1', name: 'web' }],
  ['build.name-taken', { uuid: 'u2', name: 'web' }],
])('%s: libvirt would take the other’s definition for an older one of it', async (code, machine) => {
  const { context, defined } = hostWith([machine])
  await expect(defineHere(context, 'u1', 'web', '<domain/>')).rejects.toMatchObject({ kind: 'conflict', code })
  expect(defined).toEqual([])
})
