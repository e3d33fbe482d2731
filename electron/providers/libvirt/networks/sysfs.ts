import { type HostInterface, type HostInterfaces, type InterfaceCounters, isUpState, positive, worthDrawing } from './host-interface.ts'

/**
 * Prints a line for each device of the host's network, then what needs a file or program of its own. Shells of all kinds know all of it, and
 * next to nothing is started for a device: a host may have a thousand. Bridges of Open vSwitch are known to its own program alone. Other ends of cards (`tun_flags`) are only named.
 */
export const SYSFS_SCRIPT = `
cd /sys/class/net || exit 3
for i in *; do
  [ -d "$i" ] || continue
  if [ -e "$i/tun_flags" ]; then
    m=
    while IFS='=' read -r n v; do [ "$n" = INTERFACE ] && m=$v; done 2>/dev/null <"$i/master/uevent"
    echo "tap $i $m"
    continue
  fi
  a= o= s= b= k= d= w= rx= tx=
  { read -r a <"$i/address"; read -r o <"$i/operstate"; read -r s <"$i/speed"; } 2>/dev/null
  { read -r rx <"$i/statistics/rx_bytes"; read -r tx <"$i/statistics/tx_bytes"; } 2>/dev/null
  while IFS='=' read -r n v; do [ "$n" = DEVTYPE ] && k=$v; done <"$i/uevent" 2>/dev/null
  [ -d "$i/bridge" ] && k=bridge
  if [ -d "$i/bonding" ]; then k=bond; { read -r b <"$i/bonding/mode"; } 2>/dev/null; fi
  [ -e "$i/device" ] && d=1
  for l in "$i"/lower_*; do [ -e "$l" ] && w="$w,\${l##*/lower_}"; done
  for l in "$i"/brif/*; do [ -e "$l" ] && w="$w,\${l##*/}"; done
  echo "if $i|$k|$d|$a|$o|$s|$b|$w|$rx|$tx"
done
while IFS='|' read -r n t l; do echo "vlan $n|$t|$l"; done 2>/dev/null </proc/net/vlan/config
while read -r n dest gate flags r u m mask rest; do [ "$dest/$mask" = 00000000/00000000 ] && echo "route $m $n"; done 2>/dev/null </proc/net/route
if command -v ovs-vsctl >/dev/null 2>&1; then
  for b in $(ovs-vsctl -t 2 list-br 2>/dev/null); do
    echo "ovs $b"
    for p in $(ovs-vsctl -t 2 list-ports "$b" 2>/dev/null); do echo "ovs $b $p"; done
  done
fi
ip -o addr show scope global 2>/dev/null | while read -r n i f a rest; do echo "addr \${i%%@*} $a"; done
exit 0
`

/** What the script printed. */
export function parseSysfs(output: string): HostInterfaces {
  const lines = output.split('\n')
  const of = (word: string) => lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))
  const ends = of('tap').map((line) => line.split(' '))
  const taps = new Map(ends.map(([name = '', master]) => [name, master || null]))
  const switches = listsOf(of('ovs'))
  const tags = new Map(
    of('vlan')
      .map(vlanOf)
      .filter((each) => each !== null),
  )
  const addresses = listsOf(of('addr'))
  const names = new Set(taps.keys())
  const counters = new Map<string, InterfaceCounters>()
  const rows: HostInterface[] = []
  const devices = new Set<string>()
  for (const line of of('if')) {
    const [name = '', type = '', device, mac, state, speed, bond, lower = '', rx = '', tx = ''] = line.split('|')
    if (/^\d+$/.test(rx) && /^\d+$/.test(tx)) counters.set(name, { rxBytes: BigInt(rx), txBytes: BigInt(tx) })
    names.add(name)
    if (name === 'lo' || type === 'macvtap') continue
    const kind = switches.has(name) ? 'bridge' : kindOf(type)
    if (device === '1') devices.add(name)
    rows.push({
      name,
      kind,
      isUp: isUpState(state),
      speedMbps: positive(speed),
      mac: mac && mac !== '00:00:00:00:00:00' ? mac : null,
      addresses: addresses.get(name) ?? [],
      // `802.3ad 4`
      detail: kind === 'bond' ? (bond?.split(' ')[0] ?? null) || type : kind === 'vlan' ? (tags.get(name)?.tag ?? null) : null,
      lower: [...new Set([...lower.split(',').slice(1), ...(tags.get(name)?.lower ?? []), ...(switches.get(name) ?? [])])].filter(
        (each) => !taps.has(each),
      ),
    })
  }
  const defaultDevices = defaultsOf(of('route'))
  return { interfaces: worthDrawing(rows, devices, defaultDevices), names, taps, defaultDevices, counters }
}

/** `br40 192.0.2.10/24`: all second words of a first one. */
function listsOf(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const lists = new Map<string, string[]>()
  for (const line of lines) {
    const [name = '', value] = line.split(' ')
    const list = lists.get(name) ?? []
    if (value !== undefined) list.push(value)
    lists.set(name, list)
  }
  return lists
}

function kindOf(type: string): HostInterface['kind'] {
  if (type === 'bridge' || type === 'vlan' || type === 'bond') return type
  return type === 'team' ? 'bond' : 'physical'
}

/** `bond0.40      | 40  | bond0`; the first two lines are headings. */
function vlanOf(line: string): [string, { readonly tag: string; readonly lower: readonly string[] }] | null {
  const [name = '', tag = '', lower = ''] = line.split('|').map((part) => part.trim())
  return /^\d+$/.test(tag) && lower !== '' ? [name, { tag, lower: [lower] }] : null
}

/** Those of the least metric, as the kernel takes them. */
function defaultsOf(lines: readonly string[]): readonly string[] {
  const routes = lines.map((line) => line.split(' ')).map(([metric = '', name = '']) => ({ metric: Number(metric), name }))
  const least = Math.min(...routes.map(({ metric }) => metric))
  return [...new Set(routes.filter(({ metric }) => metric === least).map(({ name }) => name))]
}
