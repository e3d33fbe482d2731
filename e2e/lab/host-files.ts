import { chown, cp, mkdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serialLogName, xmlText } from './domain-xml.ts'
import { must } from './run.ts'

/** What a lab host is to be like. Everything but the name has a default. */
export interface HostSpec {
  /** Host name, at most 12 of a-z, 0-9 and hyphen. */
  readonly name: string
  /** Default 22. */
  readonly sshPort?: number
  /** `none`: sshd forbids TCP and unix socket forwarding. Default `all`. */
  readonly forwarding?: 'all' | 'none'
  /** Which ways around a forbidden forwarding exist on the host. Default both. */
  readonly helpers?: readonly ('virt-ssh-helper' | 'nc')[]
  /** Password of root and operator; allows password login. Default: none allowed. */
  readonly password?: string
  /** Asks for the password through keyboard-interactive instead. */
  readonly keyboardInteractive?: boolean
  /** Default true. */
  readonly keyLogin?: boolean
  /** Whether the user `operator` is in the group `libvirt`. Default true. */
  readonly operatorInGroup?: boolean
  /** `polkit`: a D-Bus and polkitd of the host's own decide; root and the group `libvirt` may, others are refused. Default `none`. */
  readonly auth?: 'none' | 'polkit'
  /** Default true. False: sshd only. */
  readonly libvirt?: boolean
  /** Settings of libvirtd.conf on top of the defaults, e.g. { max_clients: 50 }. */
  readonly libvirtdConf?: Readonly<Record<string, string | number>>
  /** So many defined, never started machines named `idle-00001` and up, written before libvirtd starts. */
  readonly inactiveDomains?: number
  /** The NAT network `default`, started. Default true. */
  readonly network?: boolean
}

/** The unprivileged user every host has. */
export const OPERATOR = { name: 'operator', uid: 4242 } as const

export interface HostFiles {
  readonly spec: HostSpec
  readonly dir: string
  readonly address: string
  /** Public keys that may log in. */
  readonly authorizedKeys: string
  readonly hostsFile: string
}

/** Lays out the folder that host-init.sh mounts over a host's system folders. */
export async function writeHostFiles(files: HostFiles): Promise<void> {
  const { dir, spec } = files
  const dirs = [
    'run',
    'lib/images',
    'log/qemu',
    'cache',
    'etc/libvirt/qemu/networks/autostart',
    'etc/libvirt/storage/autostart',
    'ssh',
    'root/.ssh',
    'home/operator/.ssh',
  ]
  for (const name of dirs) await mkdir(join(dir, name), { recursive: true })
  await writeUsers(files)
  await writeSsh(files)
  await writeLibvirt(files)
  await writeFile(join(dir, 'etc/hosts'), files.hostsFile)
  await cp(join(import.meta.dirname, 'services.sh'), join(dir, 'services.sh'))
  await writeFile(
    join(dir, 'services.conf'),
    `polkit=${spec.auth === 'polkit' ? 'yes' : 'no'}\nlibvirtd=${spec.libvirt === false ? 'no' : 'yes'}\n`,
  )
  if (spec.auth === 'polkit') await writePolkit(dir)
}

/** Programs a host is not to have, by their paths inside. */
export async function hiddenPrograms(spec: HostSpec): Promise<string[]> {
  const kept = spec.helpers ?? ['virt-ssh-helper', 'nc']
  const hidden: string[] = []
  if (!kept.includes('virt-ssh-helper')) hidden.push('/usr/bin/virt-ssh-helper')
  if (!kept.includes('nc')) {
    const names = ['/usr/bin/nc', '/usr/bin/netcat', '/usr/bin/ncat']
    // nc is a link to one of several programs on Debian: those go, too.
    const real = await Promise.all(names.map(async (path) => realpath(path).catch(() => path)))
    hidden.push(...names, ...real.map((path) => path.replace(/^\/bin\//, '/usr/bin/')))
  }
  return [...new Set(hidden)]
}

async function writeUsers({ dir, spec }: HostFiles): Promise<void> {
  const own = /^(libvirt|libvirt-qemu|operator):/
  const read = async (path: string): Promise<string[]> =>
    (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '' && !own.test(line))
  const users = [
    ...(await read('/etc/passwd')),
    'libvirt-qemu:x:64055:64055::/var/lib/libvirt:/usr/sbin/nologin',
    `${OPERATOR.name}:x:${OPERATOR.uid}:${OPERATOR.uid}::/home/operator:/bin/sh`,
  ]
  const groups = [
    ...(await read('/etc/group')),
    'libvirt-qemu:x:64055:',
    `libvirt:x:64056:${spec.operatorInGroup === false ? '' : OPERATOR.name}`,
    `${OPERATOR.name}:x:${OPERATOR.uid}:`,
  ]
  const hash = spec.password === undefined ? '*' : (await must('openssl', ['passwd', '-6', spec.password])).trim()
  const shadow = users.map((line) => {
    const name = line.split(':')[0] ?? ''
    return `${name}:${name === 'root' || name === OPERATOR.name ? hash : '*'}:19000:0:99999:7:::`
  })
  await writeFile(join(dir, 'etc/passwd'), `${users.join('\n')}\n`)
  await writeFile(join(dir, 'etc/group'), `${groups.join('\n')}\n`)
  await writeFile(join(dir, 'etc/shadow'), `${shadow.join('\n')}\n`, { mode: 0o600 })
}

async function writeSsh({ dir, spec, authorizedKeys }: HostFiles): Promise<void> {
  const forwarding = spec.forwarding === 'none' ? 'no' : 'yes'
  const interactive = spec.keyboardInteractive === true
  await writeFile(
    join(dir, 'ssh/sshd_config'),
    `Port ${spec.sshPort ?? 22}
ListenAddress 0.0.0.0
HostKey /srv/host/ssh/host_key
PidFile /run/sshd.pid
UsePAM ${interactive ? 'yes' : 'no'}
PubkeyAuthentication ${spec.keyLogin === false ? 'no' : 'yes'}
PasswordAuthentication ${spec.password !== undefined && !interactive ? 'yes' : 'no'}
KbdInteractiveAuthentication ${interactive ? 'yes' : 'no'}
PermitRootLogin yes
AuthorizedKeysFile .ssh/authorized_keys
StrictModes no
AllowTcpForwarding ${forwarding}
AllowStreamLocalForwarding ${forwarding}
MaxSessions 100
MaxStartups 100:30:200
PrintMotd no
Subsystem sftp internal-sftp
`,
  )
  if (interactive) {
    await mkdir(join(dir, 'etc/pam.d'), { recursive: true })
    await writeFile(
      join(dir, 'etc/pam.d/sshd'),
      'auth required pam_unix.so\naccount required pam_permit.so\nsession required pam_permit.so\n',
    )
  }
  for (const home of ['root', 'home/operator']) await writeFile(join(dir, home, '.ssh/authorized_keys'), authorizedKeys)
  await chown(join(dir, 'home/operator'), OPERATOR.uid, OPERATOR.uid)
}

async function writeLibvirt({ dir, spec }: HostFiles): Promise<void> {
  const polkit = spec.auth === 'polkit'
  const settings: Record<string, string | number> = {
    host_uuid: (await readFile('/proc/sys/kernel/random/uuid', 'utf8')).trim(),
    auth_unix_rw: polkit ? 'polkit' : 'none',
    auth_unix_ro: 'none',
    unix_sock_group: 'libvirt',
    unix_sock_rw_perms: polkit ? '0777' : '0770',
    unix_sock_ro_perms: '0777',
    log_outputs: '2:file:/var/log/libvirt/libvirtd.log',
    max_clients: 500,
    // libvirtd refuses to start with fewer clients than may wait for authentication.
    max_anonymous_clients: Math.min(20, Number(spec.libvirtdConf?.['max_clients'] ?? 20)),
    ...spec.libvirtdConf,
  }
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${typeof value === 'number' ? value : `"${value}"`}`)
  await writeFile(join(dir, 'etc/libvirt/libvirtd.conf'), `${lines.join('\n')}\n`)
  await writeFile(
    join(dir, 'etc/libvirt/qemu.conf'),
    'user = "root"\ngroup = "root"\nsecurity_driver = "none"\nnamespaces = []\nremember_owner = 0\nvnc_listen = "127.0.0.1"\nset_process_name = 1\n',
  )
  await writeBoth(join(dir, 'etc/libvirt/storage'), 'default', DEFAULT_POOL)
  if (spec.network !== false) await writeBoth(join(dir, 'etc/libvirt/qemu/networks'), 'default', DEFAULT_NETWORK)
  await writeInactiveDomains(join(dir, 'etc/libvirt/qemu'), spec.inactiveDomains ?? 0)
}

/** The definition and its link in autostart/. */
async function writeBoth(dir: string, name: string, xml: string): Promise<void> {
  await writeFile(join(dir, `${name}.xml`), xml)
  // As seen inside the host.
  const inside = dir.endsWith('storage') ? '/etc/libvirt/storage' : '/etc/libvirt/qemu/networks'
  await symlink(`${inside}/${name}.xml`, join(dir, 'autostart', `${name}.xml`))
}

const DEFAULT_POOL = `<pool type='dir'>
  <name>default</name>
  <uuid>6ee7b0b0-0a6c-4d31-9c0e-1c5f9d1f0001</uuid>
  <target><path>/var/lib/libvirt/images</path></target>
</pool>
`

const DEFAULT_NETWORK = `<network>
  <name>default</name>
  <uuid>6ee7b0b0-0a6c-4d31-9c0e-1c5f9d1f0002</uuid>
  <forward mode='nat'/>
  <bridge name='virbr0' stp='off' delay='0'/>
  <mac address='52:54:00:6e:e7:01'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'><dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp></ip>
</network>
`

/** The name of inactive machine `n`, from 1. */
export function idleName(n: number): string {
  return `idle-${String(n).padStart(5, '0')}`
}

/** Defining 10,000 machines through the API takes minutes; a daemon that finds their files at its start reads them in seconds. */
async function writeInactiveDomains(dir: string, count: number): Promise<void> {
  for (let n = 1; n <= count; n++) {
    const name = idleName(n)
    const uuid = `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`
    await writeFile(
      join(dir, `${name}.xml`),
      `<domain type='qemu'>
  <name>${xmlText(name)}</name>
  <uuid>${uuid}</uuid>
  <memory unit='MiB'>${96 + (n % 16) * 32}</memory>
  <vcpu>${1 + (n % 4)}</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <features><acpi/></features>
  <devices><emulator>/usr/bin/qemu-system-x86_64</emulator><serial type='file'><source path='/var/log/libvirt/${serialLogName(name)}'/></serial></devices>
</domain>
`,
    )
  }
}

function polkitAction(id: string, answer: string): string {
  return `  <action id="org.libvirt.unix.${id}">
    <description>lab ${id}</description><message>System policy prevents ${id} of local virtualized systems</message>
    <defaults><allow_any>${answer}</allow_any><allow_inactive>${answer}</allow_inactive><allow_active>${answer}</allow_active></defaults>
  </action>`
}

async function writePolkit(dir: string): Promise<void> {
  await mkdir(join(dir, 'polkit'), { recursive: true })
  await writeFile(
    join(dir, 'polkit/org.libvirt.unix.policy'),
    `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE policyconfig PUBLIC "-//freedesktop//DTD polkit Policy Configuration 1.0//EN" "http://www.freedesktop.org/software/polkit/policyconfig-1.dtd">
<policyconfig>
${polkitAction('monitor', 'yes')}
${polkitAction('manage', 'auth_admin_keep')}
</policyconfig>
`,
  )
  await mkdir(join(dir, 'polkit-rules'), { recursive: true })
  await writeFile(
    join(dir, 'polkit-rules/60-libvirt.rules'),
    `polkit.addRule(function (action, subject) {
  if (action.id == "org.libvirt.unix.manage" && subject.isInGroup("libvirt")) return polkit.Result.YES
})
`,
  )
}
