import { expect, type Page } from '@playwright/test'
import type { CloudName } from '../lab/clouds/start.ts'
import { visit } from './screens.ts'

/** What stands beside each field of an account's form, by its name in the configuration; what is hidden at first comes second. */
const LABELS: Readonly<
  Record<CloudName, { readonly first: Readonly<Record<string, string>>; readonly more: Readonly<Record<string, string>> }>
> = {
  aws: {
    first: { accessKeyId: 'Access key ID', secretAccessKey: 'Secret access key' },
    more: { endpoint: 'Endpoint' },
  },
  azure: {
    first: { tenantId: 'Tenant', clientId: 'Application', clientSecret: 'Client secret' },
    more: { endpoint: 'Resource Manager', authorityHost: 'Login server', caFile: 'CA file' },
  },
  gcp: {
    first: { key: 'Key file (JSON)' },
    more: {
      endpoint: 'Compute endpoint',
      monitoringEndpoint: 'Monitoring endpoint',
      resourceManagerEndpoint: 'Resource Manager endpoint',
      tokenEndpoint: 'Token endpoint',
    },
  },
}

/** Adds an account as a person does, without keeping its secrets. */
export async function addAccount(page: Page, cloud: CloudName, values: Readonly<Record<string, string>>): Promise<void> {
  await visit(page, `/connections/add?provider=${cloud}`)
  const { first, more } = LABELS[cloud]
  for (const [field, label] of Object.entries(first)) await page.getByLabel(label, { exact: true }).fill(values[field] ?? '')
  await page.getByRole('button', { name: 'More options' }).click()
  for (const [field, label] of Object.entries(more)) await page.getByLabel(label, { exact: true }).fill(values[field] ?? '')
  await page.getByLabel('Remember them').uncheck()
  await page.getByRole('button', { name: /^Check the connection$/ }).click()
  await expect(page.getByText(/^\d+ machines found\.$/)).toBeVisible()
  await page.getByRole('button', { name: 'Add account' }).click()
  await expect(page).toHaveURL(/\/fleet/)
}
