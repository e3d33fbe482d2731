import { expect, test } from 'vitest'
import { addressOf, authorityOf, azureConfigSchema, endpointOf } from './config.ts'
import { azureProvider } from './index.ts'

const WHO = { tenantId: '11111111-2222-4333-8444-555555555555', clientId: '66666666-7777-4888-8999-AAAAAAAAAAAA' }
const ONE = '0b1f6471-1bf0-4dda-aec3-cb9272f09590'

test('an application needs tenant and id, the Azure CLI neither', () => {
  expect(azureConfigSchema.safeParse({}).error?.issues.map(({ path }) => path)).toEqual([['tenantId'], ['clientId']])
  expect(azureConfigSchema.parse({ login: 'cli', tenantId: '' })).toMatchObject({ login: 'cli', subscriptions: [] })
})

test('subscriptions come as a list or as text', () => {
  const other = ONE.replace('0b', '0c')
  expect(azureConfigSchema.parse({ ...WHO, subscriptions: `${ONE.toUpperCase()}, ${other}\n` }).subscriptions).toEqual([ONE, other])
  expect(azureConfigSchema.safeParse({ ...WHO, subscriptions: ['mine'] }).success).toBe(false)
})

test('only https will do', () => {
  expect(azureConfigSchema.safeParse({ ...WHO, endpoint: 'http://127.0.0.1' }).success).toBe(false)
})

test.each([
  [undefined, 'https://management.azure.com', 'https://login.microsoftonline.com'],
  ['https://management.usgovcloudapi.net/', 'https://management.usgovcloudapi.net', 'https://login.microsoftonline.us'],
  ['https://management.chinacloudapi.cn', 'https://management.chinacloudapi.cn', 'https://login.chinacloudapi.cn'],
])('endpoint %s: tokens are of %s, from %s', (endpoint, resource, authority) => {
  const config = azureConfigSchema.parse({ ...WHO, endpoint })
  expect([endpointOf(config), authorityOf(config)]).toEqual([resource, authority])
})

test('the same account has the same address, however it was written', () => {
  const [one, same, other] = [
    WHO,
    { tenantId: WHO.tenantId.toUpperCase(), clientId: WHO.clientId.toLowerCase() },
    { ...WHO, subscriptions: [ONE] },
  ].map((input) => addressOf(azureConfigSchema.parse(input)))
  expect(one).toBe(`${WHO.clientId.toLowerCase()}@${WHO.tenantId}`)
  expect(same).toBe(one)
  expect(other).toBe(`${one} ${ONE}`)
})

test('the roles to copy are whole, and the one that reads changes nothing', async () => {
  const policies = (await azureProvider.policies?.(azureConfigSchema.parse({ ...WHO, subscriptions: [ONE] }))) ?? []
  const [read, operate] = policies.map(({ text }) => JSON.parse(text) as { Actions: string[]; AssignableScopes: string[] })
  expect(read?.AssignableScopes).toEqual([`/subscriptions/${ONE}`])
  expect(read?.Actions.filter((action) => !action.endsWith('/read'))).toEqual([
    'Microsoft.Compute/virtualMachines/retrieveBootDiagnosticsData/action',
  ])
  expect(operate?.Actions).toEqual(expect.arrayContaining([...(read?.Actions ?? []), 'Microsoft.Compute/virtualMachines/start/action']))
})
