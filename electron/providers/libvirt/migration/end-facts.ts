import { versionFromNumber } from '../../../libvirt/index.ts'
import { parseXml, textOf } from '../../../xml/index.ts'
import type { EndFacts } from '../../provider.ts'
import { toProblem } from '../problems.ts'
import type { MigrationContext } from './migration-context.ts'

/** One look by the host's own programs: its clock, its addresses and by which this console came, to what its name leads, and what keeps its time. */
const LOOK = [
  'date +"clock %s%N"',
  'hostname=$(hostname); getent ahosts "$hostname" 2>/dev/null | while read -r address rest; do echo "resolves $address"; done',
  'set -- $SSH_CONNECTION; echo "came $3"',
  'ip -o addr show scope global 2>/dev/null | while read -r n dev family address rest; do echo "address $address"; done',
  'for s in chronyd chrony systemd-timesyncd ntpd ntp; do a=$(systemctl is-active $s 2>/dev/null); case "$a" in active) echo "time $s active"; break;; inactive) echo "time $s inactive";; esac; done',
].join('; ')

/** What a host says of itself. What it cannot be asked is null. */
export async function endFacts(context: MigrationContext): Promise<EndFacts> {
  const { host, work, clock, shell, log } = context
  const bounds = { signal: work.signal }
  const [{ hostname }, { capabilities }, version] = await Promise.all([
    host.call('connectGetHostname', {}, bounds),
    host.call('connectGetCapabilities', {}, bounds),
    host.call('connectGetVersion', {}, bounds).catch(() => null),
  ])
  const before = clock.nowMs()
  const look = shell
    ? await shell.run(['sh', '-c', LOOK], { signal: work.signal }).catch((error: unknown) => {
        log.debug('a host tells nothing of itself by its shell', { code: toProblem(error).code })
        return null
      })
    : null
  const after = clock.nowMs()
  const said = (what: string) =>
    (look?.stdout ?? '').split('\n').flatMap((line) => (line.startsWith(`${what} `) ? [line.slice(what.length + 1)] : []))
  const came = said('came')
  const addresses = said('address').map((cidr) => cidr.replace(/\/\d+$/, ''))
  const clockMs = said('clock').map((text) => Number(text) / 1_000_000)[0]
  const services = said('time').map((line) => line.split(' '))
  const service = services.find(([, state]) => state === 'active') ?? services[0]
  return {
    uuid: textOf(parseXml(capabilities), 'host', 'uuid'),
    hostName: hostname,
    addresses: [...new Set([...came.filter((address) => addresses.includes(address)), ...addresses])],
    libvirt: host.facts.version.text,
    hypervisor: version ? versionFromNumber(version.hvVer).text : null,
    clockOffsetMs: clockMs === undefined || Number.isNaN(clockMs) ? null : Math.round(clockMs - (before + after) / 2),
    clockErrorMs: clockMs === undefined ? null : Math.ceil((after - before) / 2),
    nameResolvesTo: look ? [...new Set(said('resolves'))] : null,
    timeService: service?.[0] ? { name: service[0], isActive: service[1] === 'active' } : null,
  }
}
