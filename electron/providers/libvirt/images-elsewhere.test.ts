import { expect, test } from 'vitest'
import { constants as c, type LibvirtHost } from '../../libvirt/index.ts'
import type { HostShell } from './host-shell.ts'
import { ImagesElsewhere } from './images-elsewhere.ts'

/** A host with one pool that is on, one that is off, and an image in no pool that stands on `/on/base`. */
function hostWith({ shell = true, used = ['/loose/a', '/on/base'] }: { shell?: boolean; used?: readonly string[] } = {}) {
  let nowMs = 0
  let looks = 0
  const pool = (name: string) => ({ name, uuid: name })
  const answers: Record<string, (args: { flags?: number }) => unknown> = {
    connectListAllStoragePools: ({ flags }) => ({ pools: [pool(flags === c.VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE ? 'on' : 'off')] }),
    storagePoolListAllVolumes: () => ({ vols: [{ pool: 'on', name: 'base', key: '/on/base' }] }),
    storagePoolGetXmlDesc: () => ({ xml: "<pool type='dir'><target><path>/off</path></target></pool>" }),
  }
  const call = async (name: string, args: object) => answers[name]?.(args)
  const run: HostShell['run'] = async ([, , script = '', , ...paths], { onOutput }) => {
    const isList = script.includes('date +%s')
    const all = paths.map((path) => (path === '/off/' ? '/off/b' : path))
    if (isList) onOutput?.(`9\n${all.map((path, index) => `8:${index} 1 0 0 ${path}\n`).join('')}`)
    else
      onOutput?.(
        all.map((filename) => `${JSON.stringify({ filename, format: 'qcow2', 'full-backing-filename': '/on/base' })}\u001e`).join(''),
      )
    return { code: 0, stdout: '', stderr: '' }
  }
  const elsewhere = new ImagesElsewhere({
    host: { call } as unknown as Pick<LibvirtHost, 'call'>,
    shell: shell ? { run } : null,
    clock: { nowMs: () => nowMs, after: () => () => undefined, random: () => 0.5 },
    imagesInUse: async () => {
      looks += 1
      return used
    },
  })
  return { elsewhere, looks: () => looks, pass: (ms: number) => (nowMs += ms) }
}

test('images that machines name and those of pools that are off are found by what they stand on', async () => {
  const { elsewhere } = hostWith()
  const { overlays, blind, unseen } = await elsewhere.on(['/on/base'])
  expect([...overlays]).toEqual([['/on/base', ['/loose/a', '/off/b']]])
  expect([blind, unseen]).toEqual([null, { pools: [], images: [] }])
})

test('where no programs can be run it is said what nobody can tell', async () => {
  const { blind } = await hostWith({ shell: false }).elsewhere.on(['/on/base'])
  expect(blind).toBe('/loose/a lies in no pool that is on, and cannot be read (and 1 more).')
  expect((await hostWith({ shell: false, used: ['/on/base'] }).elsewhere.on(['/on/base'])).blind).toContain('the pool off is off')
})

test('many who ask at once share a look that begins after they asked', async () => {
  const { elsewhere, looks, pass } = hostWith()
  await Promise.all([elsewhere.on(['/on/base']), elsewhere.on(['/on/base']), elsewhere.on(['/on/base'])])
  expect(looks()).toBe(1)
  await elsewhere.on(['/on/base'], { keptMs: 1_000 })
  expect(looks()).toBe(1)
  await elsewhere.on(['/on/base'])
  expect(looks()).toBe(2)
  pass(1_000)
  await elsewhere.on(['/on/base'], { keptMs: 1_000 })
  expect(looks()).toBe(3)
})
