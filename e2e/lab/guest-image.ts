import { createHash, randomUUID } from 'node:crypto'
import { chmod, copyFile, cp, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { must, run } from './run.ts'

/** Modules of the guest's kernel, in the order they are loaded. */
const MODULES = [
  'drivers/virtio/virtio_ring',
  'drivers/virtio/virtio',
  'drivers/virtio/virtio_pci_legacy_dev',
  'drivers/virtio/virtio_pci_modern_dev',
  'drivers/virtio/virtio_pci',
  'drivers/block/virtio_blk',
  'net/core/failover',
  'drivers/net/net_failover',
  'drivers/net/virtio_net',
  'drivers/char/virtio_console',
  'drivers/virtio/virtio_balloon',
  'drivers/input/evdev',
  'drivers/acpi/button',
]

/** Where built guests and downloaded packages are kept between runs; outlives `npm ci`. */
export function cacheDir(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'novacron', 'lab')
}

/**
 * The folder with `vmlinuz` and `initrd.gz` of the tiny guest: a Debian kernel, busybox, an ACPI daemon and the qemu guest agent,
 * ready about three seconds after power-on under TCG. Built on first use from Debian packages (about 3 s and a 27 MB download), then cached.
 */
export async function guestImage(): Promise<string> {
  const kernel = await kernelPackage()
  const key = createHash('sha256')
    .update(await recipe())
    .update(kernel)
    .digest('hex')
    .slice(0, 12)
  const image = join(cacheDir(), `guest-${key}`)
  if (await exists(join(image, 'initrd.gz'))) return image
  const work = join(cacheDir(), `build-${randomUUID()}`)
  await mkdir(work, { recursive: true })
  try {
    await build(work, kernel)
    // Whoever is first wins: the other build is the same.
    await rename(join(work, 'result'), image).catch(async (error: unknown) => {
      if (!(await exists(join(image, 'initrd.gz')))) throw error
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return image
}

/** The name of the kernel package that Debian's cloud kernel stands for at present. */
async function kernelPackage(): Promise<string> {
  const pattern = /Depends: (linux-image-\S+)/
  const ask = async (): Promise<string | undefined> =>
    pattern.exec((await run('apt-cache', ['depends', 'linux-image-cloud-amd64'])).stdout)?.[1]
  const known = await ask()
  if (known !== undefined) return known
  await must('apt-get', ['update', '-q'], { timeoutMs: 300_000 })
  const name = await ask()
  if (name === undefined) throw new Error('apt knows no linux-image-cloud-amd64: the lab needs the package lists of Debian')
  return name
}

/** What the image is made from: a change in it makes a new image. */
async function recipe(): Promise<string> {
  const dir = guestFiles()
  const names = (await readdir(dir)).sort()
  const texts = await Promise.all(names.map(async (name) => `${name}\n${await readFile(join(dir, name), 'utf8')}`))
  return [...texts, ...MODULES].join('\n')
}

function guestFiles(): string {
  return join(import.meta.dirname, 'guest')
}

async function build(work: string, kernel: string): Promise<void> {
  const packages = join(work, 'packages')
  await mkdir(packages)
  await must('apt-get', ['download', '-q', kernel, 'qemu-guest-agent'], { cwd: packages, timeoutMs: 300_000 })
  for (const file of await readdir(packages)) {
    await must('dpkg-deb', ['-x', join(packages, file), join(work, file.startsWith('linux-image') ? 'kernel' : 'agent')])
  }
  const root = join(work, 'root')
  await skeleton(root)
  await busybox(root)
  await modules(join(work, 'kernel'), root)
  await agent(join(work, 'agent'), root)
  await ownFiles(root)
  const result = join(work, 'result')
  await mkdir(result)
  const vmlinuz = (await readdir(join(work, 'kernel/boot'))).find((name) => name.startsWith('vmlinuz'))
  if (vmlinuz === undefined) throw new Error(`${kernel} holds no vmlinuz`)
  await copyFile(join(work, 'kernel/boot', vmlinuz), join(result, 'vmlinuz'))
  await must('sh', ['-ec', `find . | cpio -o -H newc --quiet | gzip -1 > '${join(result, 'initrd.gz')}'`], { cwd: root })
  await chmod(join(result, 'vmlinuz'), 0o644)
}

async function skeleton(root: string): Promise<void> {
  const dirs = [
    'bin',
    'sbin',
    'etc/acpi/PWRF',
    'var/log',
    'var/run',
    'proc',
    'sys',
    'dev',
    'tmp',
    'run',
    'mod',
    'lib64',
    'usr/sbin',
    'etc/udhcpc',
    'root',
    'usr/share/udhcpc',
  ]
  for (const dir of dirs) await mkdir(join(root, dir), { recursive: true })
}

async function busybox(root: string): Promise<void> {
  await copyFile('/bin/busybox', join(root, 'bin/busybox'))
  for (const applet of (await must('/bin/busybox', ['--list'])).trim().split('\n')) {
    // `shutdown` is ours: the agent calls it.
    if (applet !== 'busybox' && applet !== 'shutdown') await symlink('busybox', join(root, 'bin', applet))
  }
  await symlink('/bin/busybox', join(root, 'sbin/init'))
  await symlink('/bin/busybox', join(root, 'init'))
  // the agent calls it by this path to set the time
  await symlink('/bin/busybox', join(root, 'sbin/hwclock'))
}

async function modules(kernelDir: string, root: string): Promise<void> {
  const versions = join(kernelDir, 'lib/modules')
  const version = (await readdir(versions))[0]
  if (version === undefined) throw new Error('the kernel package holds no modules')
  let order = 10
  for (const module of MODULES) {
    const from = join(versions, version, 'kernel', `${module}.ko`)
    // Some are built in, depending on the kernel's version.
    if (await exists(from)) await copyFile(from, join(root, 'mod', `${order}-${basename(module)}.ko`))
    order++
  }
}

async function agent(agentDir: string, root: string): Promise<void> {
  const binary = join(agentDir, 'usr/sbin/qemu-ga')
  await copyFile(binary, join(root, 'usr/sbin/qemu-ga'))
  const libraries = await must('ldd', [binary])
  if (libraries.includes('not found')) throw new Error(`libraries of qemu-ga are missing on this machine:\n${libraries}`)
  for (const match of libraries.matchAll(/(?:=> )?(\/\S+) \(0x/g)) {
    const path = match[1] ?? ''
    await mkdir(join(root, dirname(path)), { recursive: true })
    await cp(path, join(root, path), { dereference: true })
  }
}

async function ownFiles(root: string): Promise<void> {
  const own = guestFiles()
  await copyFile(join(own, 'inittab'), join(root, 'etc/inittab'))
  await copyFile(join(own, 'os-release'), join(root, 'etc/os-release'))
  await copyFile(join(own, 'rcS'), join(root, 'etc/rcS'))
  await copyFile(join(own, 'power-button'), join(root, 'etc/acpi/PWRF/00000080'))
  await copyFile(join(own, 'shutdown'), join(root, 'sbin/shutdown'))
  await copyFile(join(own, 'chpasswd'), join(root, 'sbin/chpasswd'))
  for (const dir of ['etc/udhcpc', 'usr/share/udhcpc']) await copyFile(join(own, 'udhcpc-script'), join(root, dir, 'default.script'))
  for (const file of [
    'etc/rcS',
    'etc/acpi/PWRF/00000080',
    'sbin/shutdown',
    'sbin/chpasswd',
    'etc/udhcpc/default.script',
    'usr/share/udhcpc/default.script',
  ]) {
    await chmod(join(root, file), 0o755)
  }
  await writeFile(join(root, 'etc/passwd'), 'root::0:0:root:/root:/bin/sh\n')
  await writeFile(join(root, 'etc/shadow'), 'root::19000:0:99999:7:::\n')
  await writeFile(join(root, 'etc/group'), 'root:x:0:\n')
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
