import { expect, test } from 'vitest'
import type { CloudPermission } from '../../../shared/model/index.ts'
import { groupPermissions, withinChosen } from './permission-groups.ts'

function permission(name: string, state: CloudPermission['state'], change: Partial<CloudPermission> = {}): CloudPermission {
  return { name, state, features: ['power'], scope: null, detail: null, ...change }
}

test('what one place lacks is missing, and only that place is named', () => {
  const { missing, granted } = groupPermissions([
    permission('start', 'granted', { scope: 'project-a' }),
    permission('start', 'missing', { scope: 'project-b', detail: 'no' }),
    permission('start', 'missing', { scope: 'project-c', detail: 'no' }),
    permission('list', 'granted', { scope: 'project-a' }),
    permission('list', 'granted', { scope: 'project-b' }),
  ])
  expect(missing).toEqual([{ name: 'start', features: ['power'], scopes: ['project-b', 'project-c'], details: ['no'] }])
  expect(granted.map((line) => line.name)).toEqual(['list'])
})

test('what is lost stands in the order of the features, each once; what is unknown loses nothing', () => {
  const { lost, unknown } = groupPermissions([
    permission('snap', 'missing', { features: ['snapshots', 'power'] }),
    permission('see', 'missing', { features: ['inventory', 'power'] }),
    permission('tag', 'unknown', { features: ['tags'] }),
  ])
  expect(lost).toEqual(['inventory', 'power', 'snapshots'])
  expect(unknown.map((line) => line.name)).toEqual(['tag'])
})

test('places that are not chosen do not count', () => {
  const permissions = [
    permission('start', 'missing', { scope: 'project-b' }),
    permission('stop', 'missing', { scope: 'project-a' }),
    permission('who', 'granted'),
  ]
  const choices = ['project-a', 'project-b'].map((value) => ({ value, label: `Name of ${value}`, disabledReason: null }))
  const names = (value: readonly string[]) => withinChosen(permissions, [{ value, choices }]).map((one) => one.name)
  expect(names(['project-a'])).toEqual(['stop', 'who'])
  expect(names([])).toEqual(['start', 'stop', 'who'])
})
