import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { machineRequest } from '../machines/machine-task.ts'
import { AUTHOR, HardwareBench, SIGNAL } from './testing/bench.ts'

const MEMORY = { edit: 'setMemory', memoryKiB: 2_097_152 } as const
const NEW_DISK = {
  edit: 'addDisk',
  disk: { source: { kind: 'new', pool: 'default', sizeBytes: 1_073_741_824, format: 'qcow2' } },
} as const

test('an edit is one task that holds the machine, and the definition before it is kept with who and why', async () => {
  const bench = new HardwareBench()
  const taskId = await bench.apply(MEMORY)
  await expect(bench.apply(MEMORY)).rejects.toMatchObject({ kind: 'precondition', code: 'machine.busy' })
  expect(await bench.ended(taskId)).toMatchObject({
    kind: 'machine.edit',
    state: 'succeeded',
    params: { edit: 'setMemory', when: 'both', memoryKiB: 2_097_152 },
  })
  expect(bench.editor.applied).toMatchObject([{ edit: MEMORY, when: 'both' }])
  const [version] = await bench.service.history(bench.machine.id, 9)
  expect(version).toMatchObject({ edit: 'setMemory', actor: 'ada', origin: 'page', taskId, definition: 'kept' })
  expect(await bench.service.version(bench.machine.id, version?.id ?? '')).toEqual({ xml: 'kept', after: 'kept setMemory', back: null })
  await expect(bench.service.version(bench.machine.id, '99')).rejects.toMatchObject({ code: 'hardware.version-unknown' })
})

test('an edit of what runs keeps what ran', async () => {
  const bench = new HardwareBench()
  await bench.ended(await bench.apply(MEMORY, { when: 'now' }))
  expect(await bench.service.history(bench.machine.id, 9)).toMatchObject([{ definition: 'running', edit: 'setMemory' }])
  expect(await bench.versions()).toEqual([['setMemory', 'running']])
})

test('an old revision is a conflict with both definitions, and nothing is begun', async () => {
  const bench = new HardwareBench()
  await expect(bench.apply(MEMORY, { revision: 'old' })).rejects.toMatchObject({
    kind: 'conflict',
    code: 'hardware.changed-meanwhile',
    details: { kept: 'kept', running: 'running' },
  })
  expect(bench.editor.applied).toEqual([])
})

test('what cannot be done is refused with the reason that the preview tells', async () => {
  const bench = new HardwareBench()
  bench.editor.reason = { code: 'hardware.no-balloon', text: 'No balloon.' }
  expect(await bench.service.preview(bench.machine.id, MEMORY, SIGNAL)).toMatchObject({ now: { ok: false } })
  await expect(bench.apply(MEMORY)).rejects.toMatchObject({ kind: 'precondition', code: 'hardware.no-balloon', message: 'No balloon.' })
})

test('an edit of which some fields can count now is taken as a split one, and not as one of both', async () => {
  const bench = new HardwareBench()
  const reason = { code: 'hardware.next-start-only', text: 'Later.' }
  Object.assign(bench.editor, { reason, split: { now: ['memoryKiB'], rest: [{ field: 'maxMemoryKiB', reason }], running: null } })
  await expect(bench.apply(MEMORY, { when: 'both' })).rejects.toMatchObject({ code: 'hardware.next-start-only' })
  expect(await bench.ended(await bench.apply(MEMORY, { when: 'split' }))).toMatchObject({ state: 'succeeded', params: { when: 'split' } })
  expect(bench.editor.applied).toMatchObject([{ when: 'split' }])
  bench.editor.split = null
  await expect(bench.apply(MEMORY, { when: 'split' })).rejects.toMatchObject({ code: 'hardware.next-start-only' })
})

test('a double click is one click', async () => {
  const bench = new HardwareBench()
  const { revision } = await bench.service.view(bench.machine.id, SIGNAL)
  const [one, two] = await Promise.all([bench.apply(MEMORY, { revision, token: 'x' }), bench.apply(MEMORY, { revision, token: 'x' })])
  expect(two).toBe(one)
  await bench.ended(one)
  expect(bench.editor.applied).toHaveLength(1)
})

test('a new disk is made under a free name first, and the machine is given one that is there', async () => {
  const bench = new HardwareBench()
  bench.host.addVolume('default/web-1.qcow2')
  const task = await bench.ended(await bench.apply(NEW_DISK))
  expect(task).toMatchObject({ state: 'succeeded', params: { volume: 'default/web-2.qcow2' } })
  expect(task.steps.map(({ id }) => id)).toEqual(['disk-0', 'edit'])
  expect(bench.host.files.get('default/web-2.qcow2')?.capacityBytes).toBe(1_073_741_824)
  expect(bench.editor.applied).toMatchObject([{ edit: { disk: { source: { kind: 'existing', pool: 'default', volume: 'web-2.qcow2' } } } }])
})

test('the volume of an edit that failed goes again', async () => {
  const bench = new HardwareBench()
  bench.editor.disturb = new AppError({ kind: 'conflict', code: 'hardware.changed-meanwhile', message: 'Changed.' })
  const task = await bench.ended(await bench.apply(NEW_DISK))
  expect(task).toMatchObject({ state: 'failed', error: { code: 'hardware.changed-meanwhile' } })
  expect([...bench.host.files.keys()]).toEqual([])
})

test('a card gets an address that every attempt has', async () => {
  const bench = new HardwareBench()
  await bench.ended(await bench.apply({ edit: 'addNic', nic: { source: { kind: 'network', network: 'default' } } }))
  expect(bench.editor.applied).toMatchObject([{ edit: { nic: { mac: '52:54:00:07:07:07' } } }])
})

test('a lost reply is looked up, and done once', async () => {
  const bench = new HardwareBench()
  bench.editor.disturb = 'lose'
  expect(await bench.ended(await bench.apply(MEMORY))).toMatchObject({ state: 'succeeded' })
  expect(bench.editor.applied).toHaveLength(1)
  expect(await bench.versions()).toEqual([['setMemory', 'kept']])
})

test('what nobody can tell wants attention', async () => {
  const bench = new HardwareBench()
  bench.editor.disturb = 'lose'
  bench.editor.probeAnswer = 'unknown'
  expect(await bench.ended(await bench.apply(MEMORY))).toMatchObject({ state: 'needs-attention' })
})

test('a change from elsewhere is noticed at the next look, one of ours is not taken for it', async () => {
  const bench = new HardwareBench()
  await bench.ended(await bench.apply(MEMORY))
  await bench.service.view(bench.machine.id, SIGNAL)
  expect(await bench.versions()).toEqual([['setMemory', 'kept']])
  bench.editor.kept.set('web', 'edited by virsh')
  await bench.service.view(bench.machine.id, SIGNAL)
  await bench.service.view(bench.machine.id, SIGNAL)
  expect(await bench.versions()).toEqual([
    ['outside', 'kept setMemory'],
    ['setMemory', 'kept'],
  ])
  const [outside] = await bench.service.history(bench.machine.id, 1)
  expect(outside).toMatchObject({ actor: null, origin: 'outside', taskId: null })
  expect(await bench.service.version(bench.machine.id, outside?.id ?? '')).toMatchObject({ after: 'edited by virsh' })
})

test('an edit that failed leaves no version, and one that nobody could write down is not begun', async () => {
  const bench = new HardwareBench()
  bench.editor.disturb = new AppError({ kind: 'remote-failure', code: 'fake.failed', message: 'No.' })
  expect(await bench.ended(await bench.apply(MEMORY))).toMatchObject({ state: 'failed' })
  expect(await bench.versions()).toEqual([])
  bench.editor.disturb = null
  bench.store.full = true
  expect(await bench.ended(await bench.apply(MEMORY))).toMatchObject({ state: 'failed', error: { code: 'store.disk-full' } })
  expect(bench.editor.applied).toEqual([])
})

test('the definition is on the disk before anything is sent', async () => {
  const bench = new HardwareBench()
  let atSend = 0
  bench.editor.before = () => {
    atSend = bench.store.versions.length
  }
  await bench.ended(await bench.apply(MEMORY))
  expect(atSend).toBe(1)
})

test('renaming, notes and a display leave what was before them; what changes no definition does not', async () => {
  const bench = new HardwareBench()
  bench.host.script = async (_host, ref, action) => {
    bench.editor.kept.set(ref, `${bench.editor.kept.get(ref)} ${action.action}`)
  }
  for (const action of [{ action: 'rename', name: 'api' }, { action: 'setMetadata', notes: 'x' }, { action: 'suspend' }] as const) {
    const { id } = await bench.tasks.submit(machineRequest(bench.machine, action), AUTHOR)
    await bench.ended(id)
  }
  expect(await bench.versions()).toEqual([
    ['setMetadata', 'kept rename'],
    ['rename', 'kept'],
  ])
})

test('the last definition of a machine is kept when it is deleted, and not when that fails', async () => {
  const bench = new HardwareBench()
  const remove = async () => {
    const { id } = await bench.tasks.submit(machineRequest(bench.machine, { action: 'delete', diskKeys: [] } as never), AUTHOR)
    return await bench.ended(id)
  }
  bench.host.script = () => Promise.reject(new AppError({ kind: 'remote-failure', code: 'libvirt.other', message: 'No.' }))
  expect(await remove()).toMatchObject({ state: 'failed' })
  expect(await bench.versions()).toEqual([])
  bench.host.script = () => Promise.resolve()
  expect(await remove()).toMatchObject({ state: 'succeeded' })
  expect(await bench.versions()).toEqual([['delete', 'kept']])
  bench.store.full = true
  expect(await remove()).toMatchObject({ state: 'succeeded' })
})
