import type { Client } from '../../api/client.ts'
import { age, gib, percent, printable, table } from '../output.ts'

type MachineList = Awaited<ReturnType<Client['inventory']['machines']>>
type MachineRow = MachineList['items'][number]
type HostRow = Awaited<ReturnType<Client['inventory']['hosts']>>[number]

/** `novacron ls`: stale rows say so in words and keep their age. */
export function machineTable(rows: readonly MachineRow[], nowMs: number): string {
  return table(
    rows.map(({ machine, hostName, seenAtMs, freshness }) => [
      freshness === 'live' ? machine.state : freshness === 'never' ? 'unknown' : `was ${machine.state}`,
      printable(machine.name),
      printable(hostName),
      String(machine.vcpus),
      freshness === 'live' ? percent(machine.metrics?.cpuPercent) : '–',
      gib(machine.memoryKiB),
      machine.addresses[0] ?? '–',
      machine.tags.map(printable).join(','),
      age(seenAtMs, nowMs),
    ]),
    ['state', 'name', 'host', 'vcpu', 'cpu', 'gib', 'address', 'tags', 'seen'],
    new Set([3, 4, 5]),
  )
}

/** `novacron hosts`. */
export function hostTable(rows: readonly HostRow[], nowMs: number): string {
  return table(
    rows.map(({ host, connectionName, machines, running }) => [
      host.freshness.state === 'live' ? 'live' : host.freshness.state === 'stale' ? 'link lost' : host.freshness.state,
      printable(host.name),
      printable(connectionName),
      String(machines),
      String(running),
      host.cpus === null ? '–' : String(host.cpus),
      percent(host.cpuPercent),
      `${gib(host.memoryFreeKiB)} / ${gib(host.memoryKiB)}`,
      host.versions.map(({ name, version }) => `${name} ${version}`).join(', '),
      age(host.observedAtMs, nowMs),
    ]),
    ['link', 'name', 'connection', 'machines', 'running', 'cpus', 'cpu', 'free / gib', 'versions', 'seen'],
    new Set([3, 4, 5, 6, 7]),
  )
}

type Event = Awaited<ReturnType<Client['events']['list']>>['items'][number]

export function eventLine(event: Event): string {
  const mark = event.severity === 'info' ? ' ' : event.severity === 'warning' ? '!' : 'x'
  return `${new Date(event.atMs).toISOString()} ${mark} ${printable(event.objectName ?? '–')}  ${printable(event.text)}  (${event.code})`
}

type Task = Awaited<ReturnType<Client['tasks']['get']>>

/** `novacron tasks`. */
export function taskTable(rows: readonly Task[], nowMs: number): string {
  return table(
    rows.map((task) => [
      task.state,
      task.kind,
      printable(task.target?.name ?? (task.children ? `${task.children.total} machines` : '–')),
      `${Math.round(task.progress.fraction * 100)}%`,
      task.actor,
      age(task.createdAtMs, nowMs),
      task.error ? `${printable(task.error.message)} [${task.error.code}]` : '',
      task.id,
    ]),
    ['state', 'task', 'target', 'done', 'by', 'age', 'error', 'id'],
    new Set([3]),
  )
}
