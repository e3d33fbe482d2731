import { beforeEach, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { type CloneInput, cloneInput } from '../../../shared/contract/build.ts'
import type { CloneSource } from '../../../shared/model/index.ts'
import { AUTHOR, BuildBench, SIGNAL } from './testing/bench.ts'

const GIB = 1_073_741_824

let bench: BuildBench
beforeEach(() => {
  bench = new BuildBench()
  bench.addMachine('web')
  bench.host.addVolume('default/web.qcow2', 4 * GIB)
  bench.host.sources.set('web', source())
})

function source(more: Partial<CloneSource> = {}): Omit<CloneSource, 'machineId'> {
  const disk = { format: 'qcow2', capacityBytes: 4 * GIB, allocationBytes: GIB, linkReason: null }
  return {
    name: 'web',
    vcpus: 2,
    memoryMiB: 2_048,
    disks: [
      { target: 'vda', place: { pool: 'default', volume: 'web.qcow2' }, copied: true, ...disk },
      { target: 'sda', place: { pool: 'default', volume: 'web-seed.iso' }, copied: false, ...disk, format: 'raw' },
    ],
    nics: [{ source: { kind: 'network', network: 'default' }, vlan: null, model: 'virtio', mac: '52:54:00:00:00:01' }],
    firmware: 'bios',
    template: null,
    warnings: [],
    ...more,
  }
}

function order(more: Partial<z.input<typeof cloneInput>> = {}): CloneInput {
  return cloneInput.parse({ machineId: 'c1.m.web', name: 'web-b', ...more })
}

const codes = async (input: CloneInput) => (await bench.clones.check(input, SIGNAL)).findings.map(({ code }) => code)

test('a whole copy has its own disks, card addresses and name, and is not started unless asked', async () => {
  const { taskId } = await bench.clones.clone(order({ changes: { diskSizes: { vda: 8 * GIB } } }), AUTHOR, SIGNAL)
  const task = await bench.ended(taskId)
  expect(task).toMatchObject({ kind: 'machine.clone', state: 'succeeded', params: { from: 'web' } })
  expect(task.steps.map(({ id }) => id)).toEqual(['disk-0', 'define'])
  const [definition] = bench.host.defined.values()
  expect(definition).toMatchObject({
    kind: 'copy',
    name: 'web-b',
    sourceRef: 'web',
    disks: { vda: { pool: 'default', volume: 'web-b.qcow2', format: 'qcow2' } },
    template: null,
  })
  expect(definition?.macs).toHaveLength(1)
  expect(definition?.macs).not.toContain('52:54:00:00:00:01')
  expect(bench.host.files.get('default/web-b.qcow2')?.capacityBytes).toBe(8 * GIB)
})

test('cloud-init gives a copy its own host name', async () => {
  const { taskId } = await bench.clones.clone(
    order({ cloudInit: { user: { name: 'ada', sshKeys: [] }, domain: 'example.org' } }),
    AUTHOR,
    SIGNAL,
  )
  await bench.ended(taskId)
  const seed = Buffer.from(bench.host.files.get('default/web-b-seed.iso')?.bytes ?? []).toString('latin1')
  expect(seed).toContain('fqdn: "web-b.example.org"')
})

describe('what stands in the way', () => {
  test.each([
    ['a machine that runs', 'running', {}, 'build.source-running'],
    ['a machine with a saved state', 'saved', {}, 'build.source-saved'],
    ['a copy with the same host name', 'stopped', {}, 'build.same-identity'],
    ['a link to what is no template', 'stopped', { mode: 'linked' }, 'build.linked-to-machine'],
    ['a disk that is not there', 'stopped', { changes: { diskSizes: { vdz: GIB } } }, 'build.no-such-disk'],
    ['a disk that is to shrink', 'stopped', { changes: { diskSizes: { vda: GIB } } }, 'build.disk-shrinks'],
    ['the name of the original', 'stopped', { name: 'web' }, 'build.name-taken'],
  ] as const)('%s', async (_what, state, more, code) => {
    bench.machines[0] = { ...bench.machines[0], state } as never
    expect(await codes(order(more))).toContain(code)
  })

  test('a disk in no pool, and one that nothing can be linked to', async () => {
    const [disk] = source().disks
    if (!disk) throw new Error('no disk')
    bench.host.sources.set('web', source({ disks: [{ ...disk, place: null }] }))
    expect(await codes(order())).toContain('build.disk-in-no-pool')
    const linkReason = { code: 'volume.raw', text: 'It is raw.' }
    bench.host.sources.set('web', source({ disks: [{ ...disk, linkReason }] }))
    expect((await bench.clones.check(order({ mode: 'linked' }), SIGNAL)).findings[0]).toMatchObject({
      code: 'build.cannot-link',
      severity: 'blocks',
      mend: { field: 'mode', value: 'full' },
    })
  })

  test('an original that is started while it is copied: the copy is given up', async () => {
    bench.host.disturb.set('create default/web-b.qcow2', async () => {
      bench.machines[0] = { ...bench.machines[0], state: 'running' } as never
      return 'go-on'
    })
    const { taskId } = await bench.clones.clone(order(), AUTHOR, SIGNAL)
    expect(await bench.ended(taskId)).toMatchObject({ state: 'failed', error: { code: 'build.source-started', kind: 'precondition' } })
  })
})

describe('templates', () => {
  test('the next version of a family is a copy that says what it is', async () => {
    bench.addMachine('base-v4', { template: { family: 'base', version: 4, changeable: [] } })
    const ask = { machineId: 'c1.m.web' as never, family: 'base', changeable: ['vcpus' as const], pool: null }
    const { taskId, version, names } = await bench.clones.makeTemplate(ask, AUTHOR, SIGNAL)
    expect([version, names]).toEqual([5, ['base-v5']])
    expect(await bench.ended(taskId)).toMatchObject({ kind: 'machine.makeTemplate', state: 'succeeded' })
    expect([...bench.host.defined.values()]).toMatchObject([
      { name: 'base-v5', template: { family: 'base', version: 5, changeable: ['vcpus'] } },
    ])
  })

  test('only what a template lets be changed is', async () => {
    const template = { family: 'base', version: 1, changeable: ['vcpus' as const] }
    bench.host.sources.set('web', source({ template }))
    bench.machines[0] = { ...bench.machines[0], template } as never
    const changes = { vcpus: 4, memoryMiB: 4_096, tags: ['x'], diskSizes: { vda: 8 * GIB } }
    const { findings } = await bench.clones.check(order({ changes, mode: 'linked', cloudInit: {} }), SIGNAL)
    expect(findings.filter(({ severity }) => severity === 'blocks').map(({ code, field }) => [code, field])).toEqual([
      ['build.template-fixed', 'changes.memoryMiB'],
      ['build.template-fixed', 'changes.diskSizes'],
      ['build.template-fixed', 'cloudInit'],
      ['build.template-fixed', 'changes.tags'],
    ])
    expect(findings.find(({ field }) => field === 'changes.memoryMiB')?.mend).toMatchObject({ value: 2_048 })
    expect(await codes(order({ mode: 'linked', changes: { memoryMiB: 2_048, vcpus: 8 } }))).toEqual(['build.same-identity'])
  })

  test('a machine that runs becomes none', async () => {
    bench.machines[0] = { ...bench.machines[0], state: 'running' } as never
    const ask = { machineId: 'c1.m.web' as never, family: 'base', changeable: [], pool: null }
    await expect(bench.clones.makeTemplate(ask, AUTHOR, SIGNAL)).rejects.toMatchObject({ code: 'build.blocked' })
  })
})
