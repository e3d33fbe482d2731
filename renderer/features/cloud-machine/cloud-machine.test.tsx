import { act, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import listPrices from '../../../resources/list-prices.json'
import { AppError } from '../../../shared/errors/index.ts'
import type { Connection, Host, Machine } from '../../../shared/model/index.ts'
import { paths } from '../../lib/paths.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { put, workspace } from '../../lib/testing/fleet-fixture.ts'
import { account, cloudFacts, cloudMachine, place } from '../../lib/testing/region-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'

beforeAll(() => {
  // jsdom draws nothing: every drawing call of the chart answers with something that can be called or read again.
  const nothing: unknown = new Proxy(() => nothing, {
    get: (_target, key) => (key === Symbol.toPrimitive ? () => 0 : nothing),
    set: () => true,
  })
  HTMLCanvasElement.prototype.getContext = (() => nothing) as unknown as typeof HTMLCanvasElement.prototype.getContext
  globalThis.Path2D = class {
    moveTo(): void {}
    lineTo(): void {}
    rect(): void {}
    arc(): void {}
    closePath(): void {}
    addPath(): void {}
  } as unknown as typeof Path2D
})

const PATH = '/machines/c1.m.1'
const AZURE = { providerId: 'azure', name: 'az-core' } as const
const offBilled = { state: 'stopped', cloud: cloudFacts({ billing: 'compute', stopBills: true }) } as const

function engine(change: Partial<Machine> = {}, around: { account?: Partial<Connection>; place?: Partial<Host> } = {}): FakeEngine {
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', account(1, around.account)),
    put('host', place(1, around.place)),
    put('machine', cloudMachine(1, 1, change)),
  ])
  fake.answer('machines.detail', () => ({
    hardware: {
      machineType: 'm7i.large',
      arch: 'x86_64',
      firmware: null,
      secureBoot: false,
      cpu: { model: 'm7i.large', vcpus: 2, maxVcpus: 2, sockets: null, cores: null, threads: null },
      memoryKiB: 8 * 1_048_576,
      maxMemoryKiB: 8 * 1_048_576,
      bootOrder: [],
      devices: [{ kind: 'disk', name: 'vol-1', summary: 'root 8 GiB', properties: [{ key: 'type', value: 'gp3' }] }],
    },
    xml: '{\n  "InstanceId": "i-0abc",\n  "EbsOptimized": true\n}',
    format: 'json',
    inactiveXml: null,
    observedAtMs: Date.now(),
  }))
  fake.answer('inventory.recentMetrics', () => ({ samples: [] }))
  fake.answer('events.list', () => ({ items: [], cursor: null }))
  fake.answer('machines.act', () => ({ taskId: 't1', refused: [] }))
  return fake
}

const sent = (fake: FakeEngine, method: string) => fake.calls.filter((call) => call.method === method).map(({ input }) => input)

async function facts(): Promise<HTMLElement> {
  return screen.findByRole('complementary', { name: 'Facts' })
}

test('what is native stands beside what is common, and nothing of a hypervisor', async () => {
  renderApp(engine(), PATH)
  const side = await facts()
  for (const text of [
    'i-0abc',
    'm7i.large',
    'eu-central-1b',
    'debian-13',
    'on demand',
    '203.0.113.7',
    '172.30.2.87',
    'web',
    'gp3',
    'not protected',
  ]) {
    expect(within(side).getByText(text)).toBeVisible()
  }
  expect(within(side).getByRole('link', { name: 'eu-central-1' })).toHaveAttribute('href', '/hosts/c1.h.1')
  expect(within(side).getByText('CPU, memory and disks')).toBeVisible()
  expect(within(side).getByText('ssh -i ops.pem admin@203.0.113.7')).toBeVisible()
  for (const text of ['Start with host', 'Autostart', 'Agent', 'Definition', 'UUID']) expect(within(side).queryByText(text)).toBeNull()
})

test('what the cloud does not tell has no line at all', async () => {
  const bare = { zone: null, image: null, isProtected: null, keyName: null, groups: [], purchase: null, billing: null, createdAtMs: null }
  renderApp(engine({ cloud: cloudFacts({ ...bare, publicAddresses: [] }), addresses: [], os: null, startedAtMs: null }), PATH)
  const side = await facts()
  for (const text of ['Zone', 'Image', 'Deletion', 'Key', 'Security groups', 'Cost', 'Made', 'Launched', 'Private', '–']) {
    expect(within(side).queryByText(text)).toBeNull()
  }
  expect(within(side).queryByText(/^ssh /)).toBeNull()
})

test('one that can hibernate: what it costs then is said beside it and in the menu', async () => {
  const user = userEvent.setup()
  renderApp(
    engine({ state: 'running', cloud: cloudFacts({ billing: 'compute', stopBills: true, hibernates: true }) }, { account: AZURE }),
    PATH,
  )
  expect(within(await facts()).getByText(/Hibernated, only its disks and addresses cost/)).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'More actions' }))
  expect(await screen.findByRole('menuitem', { name: 'Hibernate (only its disks cost then)' })).toBeVisible()
})

test('off and billed: it says so, and Deallocate ends it', async () => {
  const user = userEvent.setup()
  const fake = engine(offBilled, { account: AZURE })
  renderApp(fake, PATH)
  const side = await facts()
  expect(within(side).getByText(/It is off and costs as if it ran/)).toBeVisible()
  await user.click(within(side).getByRole('button', { name: 'Deallocate' }))
  await waitFor(() => expect(sent(fake, 'machines.act')).toEqual([expect.objectContaining({ action: { action: 'deallocate' } })]))
})

test('deallocated: only its disks cost, and there is nothing left to press', async () => {
  renderApp(engine({ state: 'stopped', cloud: cloudFacts({ billing: 'storage', stopBills: true }) }, { account: AZURE }), PATH)
  const side = await facts()
  expect(within(side).getByText('disks and addresses only')).toBeVisible()
  expect(within(side).queryByRole('button', { name: 'Deallocate' })).toBeNull()
})

test('what it costs by the list stands with its date; what is off costs that again once it is on', async () => {
  const priced = (change: Partial<Machine>) => {
    const fake = engine(change)
    fake.answer('clouds.prices', () => listPrices)
    return fake
  }
  const us = { region: 'us-east-1', type: 'm7i.large' } as const
  const { unmount } = renderApp(priced({ cloud: cloudFacts(us) }), PATH)
  const cost = await screen.findByRole('region', { name: 'Cost' })
  expect(await within(cost).findByText('List price')).toBeVisible()
  expect(within(cost).getByText(/^\$\d+ a month/)).toHaveTextContent(/\$0\.\d+ an hour$/)
  expect(within(cost).getByText(/^list price, /)).toBeVisible()
  unmount()
  renderApp(priced({ state: 'stopped', cloud: cloudFacts({ ...us, billing: 'storage' }) }), PATH)
  expect(await screen.findByText('When on, list')).toBeVisible()
  expect(screen.getByText('disks and addresses only')).toBeVisible()
})

test('the protection against deletion is switched where it is read', async () => {
  const user = userEvent.setup()
  const fake = engine()
  renderApp(fake, PATH)
  await user.click(within(await facts()).getByRole('button', { name: 'Protect' }))
  await waitFor(() =>
    expect(sent(fake, 'machines.act')).toEqual([expect.objectContaining({ action: { action: 'setProtection', isProtected: true } })]),
  )
})

test('tags of AWS itself are read, and stay out of what can be edited', async () => {
  const user = userEvent.setup()
  renderApp(engine({ tags: ['aws:cloudformation:stack-name=web', 'env=prod'] }), PATH)
  const panel = await screen.findByRole('region', { name: 'Tags' })
  expect(within(panel).getByText('aws:cloudformation:stack-name')).toBeVisible()
  await user.click(within(panel).getByRole('button', { name: 'Edit' }))
  expect(within(panel).getByLabelText('Key of tag 1')).toHaveValue('env')
  expect(within(panel).queryByLabelText('Key of tag 2')).toBeNull()
  expect(within(panel).getByText('1 tag of AWS itself stays as it is.')).toBeVisible()
})

test('tags are keys with values, and only what was changed is sent', async () => {
  const user = userEvent.setup()
  const fake = engine({ tags: ['env=prod', 'team=🦊 ops'] })
  renderApp(fake, PATH)
  const panel = await screen.findByRole('region', { name: 'Tags' })
  expect(within(panel).getByText('🦊 ops')).toBeVisible()
  await user.click(within(panel).getByRole('button', { name: 'Edit' }))
  const value = within(panel).getByLabelText('Value of tag 1')
  await user.clear(value)
  await user.type(value, 'dev')
  await user.click(within(panel).getByRole('button', { name: 'Add a tag' }))
  await user.type(within(panel).getByLabelText('Key of tag 3'), 'env')
  expect(within(panel).getByRole('alert')).toHaveTextContent('This key is there already.')
  expect(within(panel).getByRole('button', { name: 'Save tags' })).toHaveAttribute('aria-disabled', 'true')
  await user.click(within(panel).getByRole('button', { name: 'Remove tag 3' }))
  await user.click(within(panel).getByRole('button', { name: 'Save tags' }))
  await waitFor(() =>
    expect(sent(fake, 'machines.act')).toEqual([
      expect.objectContaining({ action: { action: 'setMetadata', addTags: ['env=dev'], removeTags: ['env=prod'] } }),
    ]),
  )
})

test('the definition is the cloud’s own JSON, and no empty line stands in the hardware', async () => {
  const user = userEvent.setup()
  renderApp(engine(), `${PATH}?tab=hardware`)
  await user.click(await screen.findByRole('radio', { name: 'Native' }))
  expect(screen.getByRole('region', { name: 'Native' })).toHaveTextContent('"InstanceId": "i-0abc"')
  expect(screen.getByRole('searchbox', { name: 'Search the JSON' })).toBeVisible()
  await user.click(screen.getByRole('radio', { name: 'Devices' }))
  const platform = screen.getByRole('region', { name: 'Platform' })
  for (const text of ['Firmware', 'Boot order', 'Topology', 'Secure Boot', 'Model']) expect(within(platform).queryByText(text)).toBeNull()
})

test('a command: run once, with its progress, its exit code and both outputs', async () => {
  const user = userEvent.setup()
  const fake = engine()
  let resolve: (outcome: unknown) => void = () => {}
  fake.answer('clouds.runCommand', () => new Promise((done) => (resolve = done)))
  renderApp(fake, `${PATH}?tab=guest`)
  expect(await screen.findByText(/The agent of AWS Systems Manager in the machine runs it\. A shell script, as root\./)).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Run a command…' }))
  const dialog = await screen.findByRole('dialog')
  expect(within(dialog).getByText(/recorded in the audit/)).toBeVisible()
  await user.type(within(dialog).getByLabelText('Shell script, run as root'), 'uptime')
  await user.dblClick(within(dialog).getByRole('button', { name: 'Run it' }))
  expect(within(dialog).getByRole('status')).toHaveTextContent(/^Running for/)
  resolve({ exitCode: 3, stdout: 'up 4 days', stderr: 'no such file' })
  expect(await within(dialog).findByText('Exit code 3')).toBeVisible()
  expect(within(dialog).getByText('up 4 days')).toBeVisible()
  expect(within(dialog).getByText('no such file')).toBeVisible()
  expect(within(dialog).getByRole('button', { name: 'Copy Output' })).toBeVisible()
  expect(sent(fake, 'clouds.runCommand')).toEqual([{ machineId: 'c1.m.1', script: 'uptime' }])
})

test('what the cloud says against a command stays in the dialog, beside the script', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('clouds.runCommand', () => {
    throw new AppError({ kind: 'precondition', code: 'cloud.no-agent', message: 'web-1 has no agent that answers.' })
  })
  renderApp(fake, `${PATH}?tab=guest`)
  await user.click(await screen.findByRole('button', { name: 'Run a command…' }))
  const dialog = await screen.findByRole('dialog')
  await user.type(within(dialog).getByRole('textbox'), 'uptime')
  await user.click(within(dialog).getByRole('button', { name: 'Run it' }))
  expect(await within(dialog).findByRole('alert')).toHaveTextContent('web-1 has no agent that answers.')
  expect(within(dialog).getByRole('textbox')).toHaveValue('uptime')
})

test('Google Cloud has no such call, and a machine that is off runs nothing: the buttons say why', async () => {
  const user = userEvent.setup()
  renderApp(engine({ state: 'stopped' }, { account: { providerId: 'gcp' } }), `${PATH}?tab=guest`)
  await user.hover(await screen.findByRole('button', { name: 'Run a command…' }))
  expect(await screen.findByRole('tooltip')).toHaveTextContent('Google Cloud has no call that runs a command')
  await user.hover(screen.getByRole('button', { name: 'Take a screenshot' }))
  await waitFor(() => expect(screen.getAllByRole('tooltip').at(-1)).toHaveTextContent('web-1 is not running'))
})

test('a screenshot is taken when it is asked for, and again', async () => {
  const user = userEvent.setup()
  const fake = engine()
  const shots = ['aGVsbG8=', 'd29ybGQ=']
  fake.answer('clouds.screenshot', () => ({ mediaType: 'image/png', base64: shots.shift() ?? '' }))
  renderApp(fake, `${PATH}?tab=guest`)
  const take = await screen.findByRole('button', { name: 'Take a screenshot' })
  expect(sent(fake, 'clouds.screenshot')).toEqual([])
  await user.click(take)
  expect(await screen.findByRole('img', { name: 'Display of web-1' })).toHaveAttribute('src', 'data:image/png;base64,aGVsbG8=')
  expect(screen.getByText('taken', { exact: false })).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Take again' }))
  await waitFor(() =>
    expect(screen.getByRole('img', { name: 'Display of web-1' })).toHaveAttribute('src', 'data:image/png;base64,d29ybGQ='),
  )
})

test('a region that cannot be read says why on the machine, which stays as it was', async () => {
  const stale = { state: 'stale', sinceMs: Date.now() - 60_000, reason: 'cloud.place-not-enabled' } as const
  renderApp(engine({}, { place: { freshness: stale } }), PATH)
  // the tree beside it says so as well once it is open
  expect(await screen.findByText('Was running', { selector: '.state-word' })).toBeVisible()
  expect(screen.getByRole('alert')).toHaveTextContent('eu-central-1 is not enabled for this account. Enable it at AWS')
})

test('charts say how fresh they are and how often the cloud measures, and take up what comes late', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  onTestFinished(() => void vi.useRealTimers())
  const fake = engine()
  const newestMs = new Date(2026, 10, 24, 14, 30).getTime()
  const sample = (atMs: number) => ({
    atMs,
    cpuPercent: 20,
    memoryUsedKiB: null,
    diskReadBytesPerS: null,
    diskWriteBytesPerS: null,
    netRxBytesPerS: null,
    netTxBytesPerS: null,
  })
  renderApp(fake, PATH)
  expect(await screen.findByText('last 15 minutes, no figure from the cloud yet')).toBeVisible()
  fake.answer('inventory.recentMetrics', () => ({ samples: [-10, -5, 0].map((minute) => sample(newestMs + minute * 60_000)) }))
  await act(() => vi.advanceTimersByTimeAsync(2_000))
  expect(await screen.findByText('last 15 minutes, newest figure from 14:30; this cloud gives one every 5 minutes')).toBeVisible()
  expect(screen.queryByText('last 15 minutes, live')).toBeNull()

  const asked = () => sent(fake, 'inventory.recentMetrics').length
  const [askedBefore, sinceMs] = [asked(), Date.now()]
  for (let seconds = 0; seconds < 120; seconds += 4) await act(() => vi.advanceTimersByTimeAsync(4_000))
  const soFar = asked()
  // of the live ones they are asked for every other second; time goes by itself as well
  expect((Date.now() - sinceMs) / (soFar - askedBefore)).toBeGreaterThan(12_000)
  fake.push({ op: 'patch', entity: 'machine', id: 'c1.m.1', revision: 2, patch: { metrics: sample(newestMs + 60_000) } })
  await waitFor(() => expect(asked()).toBe(soFar + 1))
})

test('a machine whose reference holds a slash is found at its address', async () => {
  const fake = engine()
  const id = 'c1.m.eu-central-1%2Fi-7'
  fake.push(put('machine', { ...cloudMachine(7, 1, { name: 'edi-7' }), id }))
  renderApp(fake, paths.machine(id))
  expect(await screen.findByRole('heading', { level: 1, name: 'edi-7' })).toBeVisible()
})

test('copies of machines are not offered: a cloud copies by images', async () => {
  const user = userEvent.setup()
  renderApp(engine({ state: 'stopped' }), PATH)
  await user.click(await screen.findByRole('button', { name: 'More actions' }))
  const menu = await screen.findByRole('menu')
  expect(within(menu).queryByText('Clone…')).toBeNull()
  expect(within(menu).queryByText(/template/)).toBeNull()
})

test('the ssh command is copied as it stands', async () => {
  const user = userEvent.setup()
  renderApp(engine(), PATH)
  const write = vi.spyOn(navigator.clipboard, 'writeText')
  await user.click(await screen.findByRole('button', { name: 'Copy ssh -i ops.pem admin@203.0.113.7' }))
  expect(write).toHaveBeenCalledWith('ssh -i ops.pem admin@203.0.113.7')
})
