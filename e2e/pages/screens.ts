import type { Page } from '@playwright/test'
import { FleetPage } from './fleet.ts'

/** Loads a path of the console that the page is on. */
export async function visit(page: Page, path: string): Promise<void> {
  await page.goto(new URL(path, page.url()).href)
}

/** Where the demo's screens are, by what names them in a report. */
export interface Screen {
  readonly name: string
  readonly path: string
  /** A text that is there once the screen's data is. */
  readonly settled: string | RegExp
  /** News come in on top and push the rest down: that is what it is for. */
  readonly pushes?: boolean
}

/** Every screen of the console, with a machine and a host of the fleet in it. */
export async function screensOf(page: Page): Promise<readonly Screen[]> {
  const fleet = new FleetPage(page)
  await visit(page, `/fleet?q=${encodeURIComponent('state:running tag:prod')}`)
  const row = fleet.rows().first()
  const machineId = (await row.getAttribute('data-machine')) ?? ''
  const machine = `/machines/${encodeURIComponent(machineId)}`
  await visit(page, machine)
  const host = (await page.getByRole('main').locator('a[href^="/hosts/"]').first().getAttribute('href')) ?? ''
  await visit(page, '/storage')
  const pool = (await page.getByRole('main').locator('a[href^="/pools/"]').first().getAttribute('href')) ?? ''
  return [
    { name: 'fleet', path: '/fleet', settled: /10,000 machines/ },
    { name: 'fleet-nothing-matches', path: '/fleet?q=name%3Anobody-has-this-name', settled: /No machine matches/ },
    { name: 'machine', path: machine, settled: /Memory/ },
    { name: 'machine-hardware', path: `${machine}?tab=hardware`, settled: /Maximum of vCPUs/ },
    { name: 'machine-snapshots', path: `${machine}?tab=snapshots`, settled: /Files beneath|No snapshots/ },
    { name: 'machine-events', path: `${machine}?tab=events`, settled: /event|Event/ },
    { name: 'machine-tasks', path: `${machine}?tab=tasks`, settled: /task|Task/ },
    { name: 'machine-console', path: `${machine}/console`, settled: /has no console|is off|Connected/ },
    { name: 'machine-gone', path: '/machines/c1.m.nobody', settled: /machine/ },
    { name: 'host', path: host, settled: /Networks/ },
    { name: 'storage', path: '/storage', settled: /\d+ pools/ },
    { name: 'storage-orphans', path: '/storage?tab=orphans', settled: /Not looked for yet/ },
    { name: 'pool', path: pool, settled: /\d+ volumes$/ },
    { name: 'new-pool', path: '/storage/new', settled: /Make the pool/ },
    { name: 'networks', path: '/networks', settled: /Attached machines/ },
    { name: 'network-filters', path: '/networks?tab=filters&filter=clean-traffic', settled: /Who uses it/ },
    { name: 'topology', path: '/topology', settled: /^200 hosts$/ },
    { name: 'topology-list', path: '/topology?view=list', settled: /Leaves the host by this port/ },
    { name: 'build', path: '/build', settled: /Show definition/ },
    { name: 'clone', path: `/build?from=${encodeURIComponent(machineId)}`, settled: /Show definition/ },
    { name: 'import', path: '/import', settled: /Upload a file to/ },
    { name: 'tasks', path: '/tasks', settled: /Tasks/ },
    { name: 'events', path: '/events', settled: /\d\d:\d\d:\d\d/, pushes: true },
    { name: 'audit', path: '/events?tab=audit', settled: /Audit|audit/ },
    { name: 'snapshot-schedules', path: '/snapshot-schedules', settled: /No schedules/ },
    { name: 'snapshot-schedule', path: '/snapshot-schedules?edit=new', settled: /^Next: / },
    { name: 'connections', path: '/connections', settled: /Online/ },
    { name: 'add-host', path: '/connections/add', settled: /Check the connection/ },
    { name: 'add-account', path: '/connections/add?provider=aws', settled: /Reach AWS/ },
    { name: 'settings', path: '/settings', settled: /Theme|Appearance/ },
    { name: 'welcome', path: '/welcome', settled: /Open the demo fleet/ },
    { name: 'no-such-page', path: '/nowhere', settled: /There is no such page/ },
  ]
}
