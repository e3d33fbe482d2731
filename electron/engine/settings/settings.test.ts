import { expect, test } from 'vitest'
import type { Json } from '../../../shared/errors/index.ts'
import { type SavedView, settingsSchema } from '../../../shared/model/index.ts'
import { diskFull } from '../testing/memory-log-stores.ts'
import { SettingsService } from './settings.ts'

function boot(kept?: Json) {
  const warned: unknown[] = []
  const store = { value: kept, full: false }
  const service = new SettingsService(
    {
      get: async () => store.value,
      set: async (_key, value) => {
        if (store.full) throw diskFull()
        store.value = value
      },
      remove: async () => {},
    },
    { list: async () => [], put: async () => {}, remove: async () => {} },
    { debug: () => {}, info: () => {}, error: () => {}, warn: (_message, fields) => warned.push(fields) },
  )
  return { service, store, warned }
}

test('settings are the defaults until somebody changes them', async () => {
  const { service, store } = boot()
  await service.load()
  expect(service.current()).toEqual(settingsSchema.parse({}))
  const heard: string[] = []
  const forget = service.onChange((settings) => heard.push(settings.theme))
  await service.update({ theme: 'dark', language: undefined })
  forget()
  await service.update({ density: 'comfortable' })
  expect(service.current()).toMatchObject({ theme: 'dark', language: 'system', density: 'comfortable' })
  expect(store.value).toEqual(service.current())
  expect(heard).toEqual(['dark'])
})

test('one setting that no longer parses costs only itself', async () => {
  const { service, warned } = boot({ theme: 'plaid', bulkPerHost: 9, forgotten: true })
  await service.load()
  expect(service.current()).toMatchObject({ theme: 'system', bulkPerHost: 9 })
  expect(warned).toEqual([{ key: 'theme' }])
})

test.each([null, 'text', [1, 2], 7])('something else in the place of the settings is not read: %o', async (kept) => {
  const { service } = boot(kept)
  await service.load()
  expect(service.current()).toEqual(settingsSchema.parse({}))
})

test('a change that cannot be kept does not take effect, nor does one out of bounds', async () => {
  const { service, store } = boot()
  await expect(service.update({ bulkPerHost: 0 })).rejects.toThrow()
  store.full = true
  await expect(service.update({ theme: 'dark' })).rejects.toMatchObject({ code: 'store.disk-full' })
  expect(service.current().theme).toBe('system')
})

test('a view is checked before it is kept', async () => {
  const { service } = boot()
  await expect(service.saveView({ id: 'v', name: '', query: '' } as unknown as SavedView)).rejects.toThrow()
})

test('two changes at the same moment both stay', async () => {
  const { service, store } = boot()
  await Promise.all([service.update({ theme: 'dark' }), service.update({ density: 'comfortable' })])
  expect(service.current()).toMatchObject({ theme: 'dark', density: 'comfortable' })
  expect(store.value).toEqual(service.current())
})

test('a change that the disk refused does not hinder the next', async () => {
  const { service, store } = boot()
  store.full = true
  const refused = service.update({ theme: 'dark' })
  await expect(refused).rejects.toMatchObject({ code: 'store.disk-full' })
  store.full = false
  await service.update({ density: 'comfortable' })
  expect(service.current()).toMatchObject({ theme: 'system', density: 'comfortable' })
})
