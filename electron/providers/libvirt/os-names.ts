/** Names for the identifiers of libosinfo (https://libosinfo.org): `http://debian.org/debian/12` → `Debian 12`. */

/** Family as it stands in the identifier's path → the name people know. */
const FAMILIES: Readonly<Record<string, string>> = {
  almalinux: 'AlmaLinux',
  alpinelinux: 'Alpine Linux',
  altlinux: 'ALT Linux',
  amazonlinux: 'Amazon Linux',
  archlinux: 'Arch Linux',
  centos: 'CentOS',
  'centos-stream': 'CentOS Stream',
  cirros: 'CirrOS',
  coreos: 'CoreOS',
  debian: 'Debian',
  dragonflybsd: 'DragonFly BSD',
  elementary: 'elementary OS',
  eos: 'Endless OS',
  fedora: 'Fedora',
  freebsd: 'FreeBSD',
  freedos: 'FreeDOS',
  gentoo: 'Gentoo',
  haiku: 'Haiku',
  linux: 'Linux',
  macosx: 'macOS',
  mageia: 'Mageia',
  manjaro: 'Manjaro',
  msdos: 'MS-DOS',
  netbsd: 'NetBSD',
  nixos: 'NixOS',
  ol: 'Oracle Linux',
  openbsd: 'OpenBSD',
  opensuse: 'openSUSE',
  popos: 'Pop!_OS',
  rhel: 'RHEL',
  rhl: 'Red Hat Linux',
  rocky: 'Rocky Linux',
  sled: 'SLED',
  slem: 'SLE Micro',
  sles: 'SLES',
  slackware: 'Slackware',
  solaris: 'Solaris',
  ubuntu: 'Ubuntu',
  void: 'Void Linux',
  win: 'Windows',
}

const WINDOWS: Readonly<Record<string, string>> = {
  xp: 'XP',
  vista: 'Vista',
  '2k': '2000',
  '2k3': 'Server 2003',
  '2k3r2': 'Server 2003 R2',
  '2k8': 'Server 2008',
  '2k8r2': 'Server 2008 R2',
  '2k12': 'Server 2012',
  '2k12r2': 'Server 2012 R2',
  '2k16': 'Server 2016',
  '2k19': 'Server 2019',
  '2k22': 'Server 2022',
  '2k25': 'Server 2025',
}

/** The name, or the identifier itself when it has no form that we know. */
export function osName(id: string): string {
  const [family, ...rest] = id.replace(/^[a-z]+:\/\/[^/]+\//, '').split('/')
  if (family === undefined || family === '' || !/^[a-z]+:\/\//.test(id)) return id
  const version = rest.join(' ')
  const name = FAMILIES[family] ?? family.charAt(0).toUpperCase() + family.slice(1)
  if (version === '' || version === 'unknown') return name
  return `${name} ${family === 'win' ? (WINDOWS[version] ?? version) : version.replaceAll('-', ' ')}`
}
