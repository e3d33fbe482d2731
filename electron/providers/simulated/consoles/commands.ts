import type { TerminalSize } from '../../../../shared/model/index.ts'
import { kernelMessages } from './boot-messages.ts'
import type { GuestView } from './guest-view.ts'

/** What a command may do besides answering. */
export interface CommandContext {
  readonly guest: GuestView
  readonly user: string
  readonly size: TerminalSize
  /** Ends the session. */
  readonly exit: () => void
  /** Asks the world for it; what it refuses is written later. */
  readonly act: (action: 'reboot' | 'poweroff') => void
  /** Shows the load until a key ends it. */
  readonly watchLoad: () => void
}

interface Command {
  readonly says: string
  /** Its output, lines ended by \n. */
  readonly run: (context: CommandContext, args: readonly string[]) => string
}

/** One line for each entry, with columns as wide as they need. */
function table(rows: ReadonlyArray<readonly string[]>): string {
  const widths = rows.reduce<number[]>((found, row) => row.map((cell, index) => Math.max(found[index] ?? 0, cell.length)), [])
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join(' ')
          .trimEnd()}\n`,
    )
    .join('')
}

function human(bytes: number): string {
  const units = ['K', 'M', 'G', 'T']
  let [value, unit] = [bytes / 1_024, 0]
  for (; value >= 1_024 && unit < units.length - 1; unit++) value /= 1_024
  return `${value < 10 ? value.toFixed(1) : Math.round(value)}${units[unit] ?? ''}`
}

function dateLine(atMs: number): string {
  const [day, date, month, year, time] = new Date(atMs).toUTCString().replace(',', '').split(' ')
  return `${day} ${month} ${date} ${time} UTC ${year}`
}

/** As `uptime` and the first line of `load` say it. */
export function uptimeLine(guest: GuestView): string {
  const minutes = Math.floor(guest.uptimeMs / 60_000)
  const days = Math.floor(minutes / 1_440)
  const clock = `${Math.floor((minutes % 1_440) / 60)}:${String(minutes % 60).padStart(2, '0')}`
  const up = `${days > 0 ? `${days} day${days === 1 ? '' : 's'}, ` : ''}${clock}`
  const loads = [1, 5, 15].map((span) => guest.loadOver(span).toFixed(2)).join(', ')
  return `${new Date(guest.nowMs).toUTCString().slice(17, 25)} up ${up}, 1 user, load average: ${loads}`
}

/** The picture of `load`, one of a series. */
export function loadPicture(guest: GuestView): string {
  const rows = guest.processes.map(({ pid, user, cpuPercent, memoryPercent, command }) => [
    String(pid),
    user,
    cpuPercent.toFixed(1),
    memoryPercent.toFixed(1),
    command,
  ])
  const bar = '#'.repeat(Math.round((guest.cpuPercent / 100) * 50)).padEnd(50, '.')
  return `load - ${uptimeLine(guest)}\nCPU [${bar}] ${guest.cpuPercent.toFixed(1)} % of ${guest.vcpus}\nMem ${Math.round(guest.memoryUsedKiB / 1_024)} of ${Math.round(guest.memoryKiB / 1_024)} MiB\n\n${table([['PID', 'USER', '%CPU', '%MEM', 'COMMAND'], ...rows])}\nq or Ctrl-C ends it.\n`
}

function free(guest: GuestView): string {
  const [total, used] = [Math.round(guest.memoryKiB / 1_024), Math.round(guest.memoryUsedKiB / 1_024)]
  const cache = Math.round((total - used) * 0.6)
  return table([
    ['', 'total', 'used', 'free', 'buff/cache', 'available'],
    ['Mem:', String(total), String(used), String(total - used - cache), String(cache), String(total - used)],
    ['Swap:', '0', '0', '0', '', ''],
  ])
}

function diskFree(guest: GuestView): string {
  const rows = guest.filesystems.map(({ device, totalBytes, usedBytes, mountpoint }) => {
    const [total, used] = [totalBytes ?? 0, usedBytes ?? 0]
    const percent = total > 0 ? Math.round((used / total) * 100) : 0
    return [`/dev/${device}`, human(total), human(used), human(total - used), `${percent}%`, mountpoint]
  })
  return table([['Filesystem', 'Size', 'Used', 'Avail', 'Use%', 'Mounted on'], ...rows])
}

function addresses(guest: GuestView): string {
  return [
    '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 state UNKNOWN',
    '    inet 127.0.0.1/8 scope host lo',
    `2: ${guest.networkInterface}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP`,
    `    link/ether ${guest.mac} brd ff:ff:ff:ff:ff:ff`,
    ...guest.addresses.map((address) => `    inet${address.includes(':') ? '6' : ''} ${address}/24 scope global ${guest.networkInterface}`),
    '',
  ].join('\n')
}

function osRelease({ os }: GuestView): string {
  const [, name = os, version = ''] = /^(.*?)\s*([\d.]*)$/.exec(os) ?? []
  return `PRETTY_NAME="${os}"\nNAME="${name}"\nVERSION_ID="${version}"\nID=${name.toLowerCase().replaceAll(/[^a-z]+/g, '-')}\n`
}

const FILES: Readonly<Record<string, (guest: GuestView) => string>> = {
  '/etc/os-release': osRelease,
  '/etc/hostname': (guest) => `${guest.hostname}\n`,
  '/proc/uptime': (guest) => `${(guest.uptimeMs / 1_000).toFixed(2)}\n`,
}

function processList(guest: GuestView): string {
  const rows = guest.processes
    .toSorted((a, b) => a.pid - b.pid)
    .map(({ pid, tty, cpuPercent, memoryPercent, command }) => [String(pid), tty, cpuPercent.toFixed(1), memoryPercent.toFixed(1), command])
  return table([['PID', 'TTY', '%CPU', '%MEM', 'CMD'], ...rows])
}

const COMMANDS: Readonly<Record<string, Command>> = {
  help: { says: 'this list', run: () => helpText() },
  uname: {
    says: 'the kernel; -a: all of it',
    run: ({ guest }, args) => (args.includes('-a') ? `Linux ${guest.hostname} ${guest.kernel} #1 SMP x86_64 GNU/Linux\n` : 'Linux\n'),
  },
  hostname: { says: 'the name of this machine', run: ({ guest }) => `${guest.hostname}\n` },
  whoami: { says: 'who you said you are', run: ({ user }) => `${user}\n` },
  uptime: { says: 'how long it has been running', run: ({ guest }) => ` ${uptimeLine(guest)}\n` },
  free: { says: 'memory, in MiB', run: ({ guest }) => free(guest) },
  df: { says: 'file systems', run: ({ guest }) => diskFree(guest) },
  ip: {
    says: 'addr: the addresses',
    run: ({ guest }, args) => ('address'.startsWith(args[0] ?? '-') ? addresses(guest) : 'Usage: ip addr\n'),
  },
  ps: { says: 'processes', run: ({ guest }) => processList(guest) },
  load: {
    says: 'the load, each second anew',
    run: ({ watchLoad }) => {
      watchLoad()
      return ''
    },
  },
  dmesg: {
    says: 'what the kernel said while booting',
    run: ({ guest }) =>
      kernelMessages(guest)
        .map(({ text }) => `${text}\n`)
        .join(''),
  },
  cat: {
    says: `a file: ${Object.keys(FILES).join(', ')}`,
    run: ({ guest }, args) => args.map((path) => FILES[path]?.(guest) ?? `cat: ${path}: No such file or directory\n`).join(''),
  },
  echo: { says: 'what follows it', run: (_context, args) => `${args.join(' ')}\n` },
  stty: {
    says: 'size: the rows and columns of this terminal',
    run: ({ size }, args) => (args[0] === 'size' ? `${size.rows} ${size.columns}\n` : 'Usage: stty size\n'),
  },
  date: { says: 'the time of the simulated world', run: ({ guest }) => `${dateLine(guest.nowMs)}\n` },
  clear: { says: 'an empty screen', run: () => '\u001b[H\u001b[2J' },
  reboot: {
    says: 'restarts the machine',
    run: ({ act }) => {
      act('reboot')
      return 'The system will reboot now.\n'
    },
  },
  poweroff: {
    says: 'turns the machine off',
    run: ({ act }) => {
      act('poweroff')
      return 'The system will power off now.\n'
    },
  },
  exit: {
    says: 'back to the login',
    run: ({ exit }) => {
      exit()
      return 'logout\n'
    },
  },
}

function helpText(): string {
  return table(Object.entries(COMMANDS).map(([name, { says }]) => [name, says]))
}

/** Words of a line: quotes of both kinds keep spaces together, a backslash keeps the next character. */
export function wordsOf(line: string): readonly string[] {
  return (line.match(/(?:[^\s"'\\]|\\.|"[^"]*"|'[^']*')+|["'\\]/g) ?? []).map((word) =>
    word.replaceAll(
      /\\(.)|"([^"]*)"|'([^']*)'/g,
      (_all, escaped?: string, double?: string, single?: string) => escaped ?? double ?? single ?? '',
    ),
  )
}

/** What a line answers, lines ended by \n. */
export function runCommand(context: CommandContext, line: string): string {
  const [name, ...args] = wordsOf(line)
  if (name === undefined) return ''
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  return command ? command.run(context, args) : `sh: ${name}: command not found\n`
}
