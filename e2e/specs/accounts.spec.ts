import { writeFile } from 'node:fs/promises'
import type { Locator, Page } from '@playwright/test'
import { test as base, expect, logIn, watchProblems } from '../app/fixture.ts'
import { type Server, startServer } from '../app/server.ts'
import { type AwsCloud, startAwsCloud } from '../lab/clouds/aws/index.ts'
import { type AzureCloud, startAzureCloud } from '../lab/clouds/azure/index.ts'
import { type GcpCloud, startGcpCloud } from '../lab/clouds/gcp/index.ts'
import { expectAccessible } from '../pages/axe.ts'
import { visit } from '../pages/screens.ts'

interface Parts {
  readonly server: Server
  readonly aws: AwsCloud
  readonly azure: AzureCloud
  readonly gcp: GcpCloud
}

const test = base.extend<Parts>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
  aws: async ({}, use) => {
    const cloud = await startAwsCloud({ machines: 40, regions: 3 })
    await use(cloud)
    await cloud.stop()
  },
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
  azure: async ({}, use) => {
    const cloud = await startAzureCloud({ machines: 20, subscriptions: 2 })
    await use(cloud)
    await cloud.stop()
  },
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
  gcp: async ({}, use) => {
    const cloud = await startGcpCloud({ machines: 12 })
    await use(cloud)
    await cloud.stop()
  },
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
  server: async ({}, use) => {
    const server = await startServer()
    await use(server)
    await server.stop()
  },
})

/** Checked, and not kept: there is no keychain here. */
async function check(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Check (the connection|again)$/ }).click()
}

function step(page: Page, name: string): Locator {
  return page.getByRole('complementary', { name: 'Check' }).getByRole('listitem').filter({ hasText: name })
}

test('an AWS account: from an empty console to its machines, with what it may not do said first', async ({ page, server, aws }) => {
  const problems = watchProblems(page)
  aws.faults.add({ operation: 'TerminateInstances', fault: { do: 'deny' } })
  await logIn(page, server)
  await page.getByRole('button', { name: 'AWS', exact: true }).click()
  await page.getByLabel('Access key ID').fill(aws.credentials.accessKeyId)
  await page.getByLabel('Secret access key').fill('wrong')
  await page.getByRole('button', { name: 'More options' }).click()
  await page.getByLabel('Endpoint').fill(aws.endpoint)
  await check(page)
  await expect(step(page, 'Log in')).toContainText('refuses these credentials')
  await page.getByLabel('Secret access key').fill(aws.credentials.secretAccessKey)
  await check(page)
  const permissions = page.getByRole('region', { name: 'Permissions' })
  await expect(permissions).toContainText('Will not work: delete machines')
  await expect(permissions.getByText('ec2:TerminateInstances', { exact: true })).toBeVisible()
  await expect(page.getByText('40 machines found.')).toBeVisible()
  await page.getByRole('button', { name: 'Minimal policy to copy' }).click()
  const policy = page.getByRole('textbox', { name: 'Minimal policy' })
  await expect(policy).toHaveValue(/"ec2:DescribeInstances"/)
  await expect(policy).not.toHaveValue(/"ec2:TerminateInstances"/)
  await page.getByRole('radio', { name: 'Look and act' }).click()
  await expect(policy).toHaveValue(/"ec2:TerminateInstances"/)
  const regions = page.getByRole('group', { name: 'Regions' })
  await expect(regions.getByRole('checkbox', { disabled: true })).toHaveAccessibleDescription('Not enabled for this account.')
  await regions.getByLabel('eu-central-1').check()
  await expectAccessible(page, 'account')
  await page.getByLabel('Remember them').uncheck()
  await page.getByRole('button', { name: 'Add account' }).click()
  await expect(page).toHaveURL(/\/fleet/)
  await expect(page.getByRole('main').getByRole('status').first()).toHaveText(/^\d+ machines$/)
  await visit(page, '/connections')
  await page.getByRole('button', { name: 'Details of AWS' }).click()
  await expect(page.getByRole('region', { name: 'Regions' }).getByRole('listitem')).toHaveText([/^eu-central-1/])
  await expect(page.getByText(/^\d+ of \d+ a minute$/)).toBeVisible()
  await page.getByRole('button', { name: 'Check the permissions' }).click()
  await expect(page.getByText('ec2:TerminateInstances', { exact: true })).toBeVisible()
  await expectAccessible(page, 'account')
  expect(problems).toEqual([])
})

test('an AWS account with a queue of events: what is stopped elsewhere is off at once', async ({ page, server, aws }) => {
  const queue = aws.world.queues.add()
  await logIn(page, server)
  await page.getByRole('button', { name: 'AWS', exact: true }).click()
  await page.getByLabel('Access key ID').fill(aws.credentials.accessKeyId)
  await page.getByLabel('Secret access key').fill(aws.credentials.secretAccessKey)
  await page.getByRole('button', { name: 'More options' }).click()
  await page.getByLabel('Endpoint').fill(aws.endpoint)
  const queues = page.getByRole('textbox', { name: 'Queues of events' })
  await queues.fill('https://sqs.example.org/123456789012/novacron')
  await check(page)
  await expect(page.getByText(/^Write queues as /)).toBeVisible()
  await page.getByRole('group', { name: 'Queues of events' }).getByRole('checkbox').uncheck()
  await queues.fill(queue.urlAt(aws.endpoint))
  await check(page)
  await expect(page.getByText('40 machines found.')).toBeVisible()
  await page.getByRole('button', { name: 'Minimal policy to copy' }).click()
  await expect(page.getByRole('textbox', { name: 'Minimal policy' })).toHaveValue(/"arn:aws:sqs:eu-central-1:123456789012:novacron"/)
  await expectAccessible(page, 'account')
  await page.getByLabel('Remember them').uncheck()
  await page.getByRole('button', { name: 'Add account' }).click()
  await expect(page.getByRole('main').getByRole('status').first()).toHaveText(/^40 machines$/)
  const ref = aws.world.add({ name: 'from-elsewhere' })
  const row = page.getByRole('row').filter({ hasText: 'from-elsewhere' })
  // by looking it would be half a minute
  await expect(row).toContainText('Running')
  aws.world.setState(ref, 'stopped')
  await expect(row).toContainText('Off')
  await expect.poll(() => queue.size).toBe(0)
})

test('an Azure account: the way of logging in decides what is asked, its subscriptions come out of the check', async ({
  page,
  server,
  azure,
}, info) => {
  const problems = watchProblems(page)
  const caFile = info.outputPath('ca.pem')
  await writeFile(caFile, azure.ca)
  await logIn(page, server)
  await page.getByRole('button', { name: 'Azure', exact: true }).click()
  await page.getByLabel('Login', { exact: true }).selectOption('cli')
  await expect(page.getByLabel('Application')).toHaveCount(0)
  await expect(page.getByLabel('Client secret')).toHaveCount(0)
  await page.getByLabel('Login', { exact: true }).selectOption('secret')
  await page.getByLabel('Tenant').fill(azure.tenantId)
  await page.getByLabel('Application').fill(azure.clientId)
  await page.getByLabel('Client secret').fill(azure.clientSecret)
  await page.getByRole('button', { name: 'More options' }).click()
  await page.getByLabel('Resource Manager').fill(azure.endpoint)
  await page.getByLabel('Login server').fill(azure.endpoint)
  await page.getByLabel('CA file').fill(caFile)
  await check(page)
  await expect(page.getByText('20 machines found.')).toBeVisible()
  const subscriptions = page.getByRole('group', { name: 'Subscriptions' })
  await expect(subscriptions.getByRole('checkbox')).toHaveCount(2)
  await page.getByRole('textbox', { name: 'Subscriptions' }).fill('2')
  await subscriptions.getByRole('checkbox', { name: /^Subscription 2/ }).check()
  await expectAccessible(page, 'account')
  await page.getByLabel('Remember them').uncheck()
  await page.getByRole('button', { name: 'Add account' }).click()
  await expect(page.getByRole('main').getByRole('status').first()).toHaveText(/^\d+ machines$/)
  await visit(page, '/connections')
  await page.getByRole('button', { name: 'Details of Azure' }).click()
  await expect(page.getByRole('region', { name: 'Subscriptions' }).getByRole('listitem')).toHaveText([/^Subscription 2/])
  expect(problems).toEqual([])
})

test('a Google Cloud account: its key comes out of a file, its projects out of the check', async ({ page, server, gcp }) => {
  const problems = watchProblems(page)
  await logIn(page, server)
  await page.getByRole('button', { name: 'Google Cloud', exact: true }).click()
  const key = JSON.stringify(gcp.key)
  await page.locator('input[type=file]').setInputFiles({ name: 'key.json', mimeType: 'application/json', buffer: Buffer.from(key) })
  await expect(page.getByText(`${gcp.key.client_email}, project ${gcp.key.project_id}`)).toBeVisible()
  await page.getByRole('button', { name: 'More options' }).click()
  for (const name of ['Compute endpoint', 'Monitoring endpoint', 'Resource Manager endpoint'])
    await page.getByLabel(name).fill(gcp.endpoint)
  await page.getByLabel('Token endpoint').fill(gcp.tokenEndpoint)
  await check(page)
  await expect(page.getByText(/^All \d+ permissions are granted$/)).toBeVisible()
  await expect(page.getByText('The key’s own project')).toBeVisible()
  const projects = page.getByRole('group', { name: 'Projects' })
  for (const project of gcp.world.projects) await projects.getByRole('checkbox', { name: project }).check()
  // another project was not looked at yet
  await check(page)
  await expectAccessible(page, 'account')
  await page.getByLabel('Remember them').uncheck()
  await page.getByRole('button', { name: 'Add account' }).click()
  await expect(page.getByRole('main').getByRole('status').first()).toHaveText('12 machines')
  expect(problems).toEqual([])
})
