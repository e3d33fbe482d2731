import { TransportError } from '../transport-error.ts'

/** What one small shell script finds out about a host. Needs nothing but sh and coreutils there. */
export interface RemoteProbe {
  readonly user: string
  readonly groups: readonly string[]
  /** Folder of the user's own sockets (`$XDG_RUNTIME_DIR`, else `~/.cache`), without the trailing `libvirt`. */
  readonly runtimeFolder: string
  readonly hasHelper: boolean
  /** An nc that knows unix sockets. */
  readonly hasNc: boolean
  readonly libvirtInstalled: boolean
  /** Whether the split daemon of the hypervisor is. */
  readonly virtqemudInstalled: boolean
  readonly sockets: readonly RemoteSocket[]
}

export interface RemoteSocket {
  readonly path: string
  readonly state: 'ok' | 'missing' | 'forbidden' | 'not-a-socket'
  /** Whether anybody listens, from /proc/net/unix; undefined where that cannot be told. */
  readonly listening: boolean | undefined
  /** Octal permissions, owner and group; empty if unknown. */
  readonly mode: string
  readonly owner: string
  readonly group: string
}

/** A word for sh: nothing in it is expanded. */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** A folder that a script may name by this word to mean the runtime folder of the user. */
export const RUNTIME_FOLDER = '@runtime@'

/** The script: given to `sh` on its standard input. Prints `key value` lines. */
export function probeScript(paths: readonly string[]): string {
  return `LC_ALL=C; export LC_ALL
PATH="$PATH:/usr/sbin:/sbin:/usr/local/sbin:/usr/local/bin:/usr/libexec"; export PATH
has() { command -v "$1" >/dev/null 2>&1; }
yes_no() { if "$@"; then echo yes; else echo no; fi; }
nc_unix() { has nc && nc -h 2>&1 | grep -q -e '-[A-Za-z0-9]*U'; }
installed() { has libvirtd || has virtqemud || has virtproxyd; }
runtime="\${XDG_RUNTIME_DIR:-}"
if [ -z "$runtime" ] && [ -d "/run/user/$(id -u)" ]; then runtime="/run/user/$(id -u)"; fi
if [ -z "$runtime" ]; then runtime="$HOME/.cache"; fi
echo "novacron-probe 1"
echo "user $(id -un)"
echo "groups $(id -Gn)"
echo "runtime $runtime"
echo "helper $(yes_no has virt-ssh-helper)"
echo "nc $(yes_no nc_unix)"
echo "installed $(yes_no installed)"
echo "virtqemud $(yes_no has virtqemud)"
for path in ${paths.map(shellQuote).join(' ')}; do
  case "$path" in ${RUNTIME_FOLDER}/*) path="$runtime/\${path#*/}";; esac
  folder=\${path%/*}
  if [ -S "$path" ]; then
    if [ -w "$path" ] && [ -r "$path" ]; then state=ok; else state=forbidden; fi
  elif [ -e "$path" ]; then state=not-a-socket
  elif [ -d "$folder" ] && [ ! -x "$folder" ]; then state=forbidden
  else state=missing; fi
  listening=unknown
  if [ -r /proc/net/unix ]; then
    listening=no
    for name in "$path" "/var$path" "\${path#/var}"; do
      if awk -v name="$name" '$4 == "00010000" && $8 == name { found = 1 } END { exit !found }' /proc/net/unix 2>/dev/null; then listening=yes; fi
    done
    has awk || listening=unknown
  fi
  facts=$(stat -c '%a %U %G' "$path" 2>/dev/null || echo '- - -')
  echo "socket $state $listening $facts $path"
done
echo "end"
`
}

/** Reads the script's output. Undefined if it did not run to its end: no shell, or something else in its place. */
export function parseProbe(output: string): RemoteProbe | undefined {
  const lines = output.split('\n')
  const start = lines.indexOf('novacron-probe 1')
  const end = lines.indexOf('end', start)
  if (start < 0 || end < 0) return undefined
  const values = new Map<string, string>()
  const sockets: RemoteSocket[] = []
  for (const line of lines.slice(start + 1, end)) {
    const [key = '', ...rest] = line.split(' ')
    if (key !== 'socket') values.set(key, rest.join(' '))
    else {
      const socket = parseSocket(rest)
      if (socket) sockets.push(socket)
    }
  }
  return {
    user: values.get('user') ?? '',
    groups: (values.get('groups') ?? '').split(' ').filter((name) => name !== ''),
    runtimeFolder: values.get('runtime') ?? '',
    hasHelper: values.get('helper') === 'yes',
    hasNc: values.get('nc') === 'yes',
    libvirtInstalled: values.get('installed') === 'yes',
    virtqemudInstalled: values.get('virtqemud') === 'yes',
    sockets,
  }
}

function parseSocket(words: readonly string[]): RemoteSocket | undefined {
  const [state, listening, mode, owner, group, ...path] = words
  if (state !== 'ok' && state !== 'missing' && state !== 'forbidden' && state !== 'not-a-socket') return undefined
  const known = (word: string | undefined) => (word === undefined || word === '-' ? '' : word)
  return {
    path: path.join(' '),
    state,
    listening: listening === 'unknown' ? undefined : listening === 'yes',
    mode: known(mode),
    owner: known(owner),
    group: known(group),
  }
}

/** Why no socket of a look at a host can be used, or the first that can. */
export function judgeSockets(probe: RemoteProbe, host: string): RemoteSocket | TransportError {
  const usable = probe.sockets.filter((socket) => socket.state === 'ok')
  const live = usable.find((socket) => socket.listening !== false)
  if (live) return live
  const sockets = probe.sockets.map(({ path, state, mode, owner, group, listening }) => ({ path, state, mode, owner, group, listening }))
  const base = { host, user: probe.user, sockets }
  const [stale] = usable
  if (stale) {
    return new TransportError('libvirt.socket-refused', `${host}: nobody listens on ${stale.path}`, {
      details: { ...base, path: stale.path },
    })
  }
  const forbidden = probe.sockets.find((socket) => socket.state === 'forbidden')
  if (forbidden) {
    const { path, group, owner, mode } = forbidden
    return new TransportError('libvirt.socket-permission', `${host}: the user ${probe.user} may not use ${path}`, {
      details: {
        ...base,
        path,
        group,
        owner,
        mode,
        userGroups: probe.groups,
        command: `sudo usermod -aG ${group || 'libvirt'} ${probe.user}`,
      },
    })
  }
  if (!probe.libvirtInstalled) return new TransportError('libvirt.not-installed', `${host}: libvirt is not installed`, { details: base })
  return new TransportError('libvirt.socket-missing', `${host}: libvirt is installed, but none of its sockets is there`, { details: base })
}
