import type { Client } from '../../api/client.ts'
import { age, errorLine, gib, percent, printable, table } from '../output.ts'

type MachineList = Awaited<ReturnType<Client['inventory']['machines']>>
type MachineRow = MachineList['items'][number]
type HostRow = Awaited<ReturnType<Client['inventory']['hosts']>>[number]

/** `novacron ls`: stale rows say so in words and keep their age. */
export function machineTable(rows: readonly MachineRow[], nowMs: number): string {
  return table(
    rows.map(({ machine, hostName, seenAtMs, freshness }) => [
      freshness === 'live' ? machine.state : freshness === 'never' ? 'unknown' : `was ${machine.state}`,
      machine.name,
      hostName,
      String(machine.vcpus),
      freshness === 'live' ? percent(machine.metrics?.cpuPercent) : '–',
      gib(machine.memoryKiB),
      machine.addresses[0] ?? '–',
      machine.tags.join(','),
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
      host.freshness.state === 'live'
        ? (host.maintenance ?? 'live')
        : host.freshness.state === 'stale'
          ? 'link lost'
          : host.freshness.state,
      host.name,
      connectionName,
      String(machines),
      String(running),
      host.cpus === null ? '–' : String(host.cpus),
      // of a host that does not answer only what does not change is worth a figure
      host.freshness.state === 'live' ? percent(host.cpuPercent) : '–',
      `${gib(host.freshness.state === 'live' ? host.memoryFreeKiB : null)} / ${gib(host.memoryKiB)}`,
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
      task.target?.name ?? (task.children ? `${task.children.total} machines` : '–'),
      `${Math.round(task.progress.fraction * 100)}%`,
      task.actor,
      age(task.createdAtMs, nowMs),
      task.error ? errorLine(task.error) : '',
      task.id,
    ]),
    ['state', 'task', 'target', 'done', 'by', 'age', 'error', 'id'],
    new Set([3]),
  )
}
