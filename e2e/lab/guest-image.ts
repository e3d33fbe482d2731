import { createHash, randomUUID } from 'node:crypto'
import { chmod, copyFile, cp, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { kernelPackage } from './guest-kernel.ts'
import { must } from './run.ts'

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

/** Modules that a guest with a seed loads on top, in order: the file system, and a CD on a virtio-scsi controller. */
const SEED_MODULES = ['drivers/cdrom/cdrom', 'fs/isofs/isofs']
const SEED_SCSI_MODULES = ['drivers/scsi/scsi_common', 'drivers/scsi/scsi_mod', 'drivers/scsi/virtio_scsi', 'drivers/scsi/sr_mod']
/** The SSH server of a guest with a seed, and the libraries of it that this machine may not have. */
const SEED_PACKAGES = ['dropbear-bin', 'libtomcrypt1', 'libtommath1', 'libgmp10']

/** Where built guests and downloaded packages are kept between runs; outlives `npm ci`. */
export function cacheDir(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'novacron', 'lab')
}

/**
 * The folder with `vmlinuz`, `initrd.gz` and `initrd-seed.gz` of the tiny guest: a Debian kernel, busybox, an ACPI daemon and the qemu
 * guest agent, ready about three seconds after power-on under TCG. With the latter it also reads a cloud-init seed and serves SSH, which
 * takes a second more. Built on first use from Debian packages (about 3 s and a 28 MB download), then cached.
 */
export async function guestImage(): Promise<string> {
  const kernel = await kernelPackage(cacheDir())
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

/** What the image is made from, and how: a change in it makes a new image. */
async function recipe(): Promise<string> {
  const dir = guestFiles()
  const names = (await readdir(dir)).sort()
  const texts = await Promise.all(names.map(async (name) => `${name}\n${await readFile(join(dir, name), 'utf8')}`))
  return [...texts, await readFile(import.meta.filename, 'utf8')].join('\n')
}

function guestFiles(): string {
  return join(import.meta.dirname, 'guest')
}

async function build(work: string, kernel: string): Promise<void> {
  const packages = join(work, 'packages')
  await mkdir(packages)
  await must('apt-get', ['download', '-q', kernel, 'qemu-guest-agent', ...SEED_PACKAGES], { cwd: packages, timeoutMs: 300_000 })
  for (const file of await readdir(packages)) {
    const part = file.startsWith('linux-image') ? 'kernel' : file.startsWith('qemu-guest-agent') ? 'agent' : 'ssh'
    await must('dpkg-deb', ['-x', join(packages, file), join(work, part)])
  }
  const root = join(work, 'root')
  await skeleton(root)
  await busybox(root)
  await modules(join(work, 'kernel'), root)
  await program(join(work, 'agent'), 'usr/sbin/qemu-ga', root)
  await ownFiles(root)
  const seedRoot = join(work, 'seed-root')
  await seedReader(work, seedRoot, root)
  const result = join(work, 'result')
  await mkdir(result)
  const vmlinuz = (await readdir(join(work, 'kernel/boot'))).find((name) => name.startsWith('vmlinuz'))
  if (vmlinuz === undefined) throw new Error(`${kernel} holds no vmlinuz`)
  await copyFile(join(work, 'kernel/boot', vmlinuz), join(result, 'vmlinuz'))
  await archive(root, join(result, 'initrd.gz'))
  await archive(seedRoot, join(work, 'seed.gz'))
  // the kernel unpacks archives one after the other
  await must('sh', ['-ec', `cat result/initrd.gz seed.gz > result/initrd-seed.gz`], { cwd: work })
  await chmod(join(result, 'vmlinuz'), 0o644)
}

async function archive(root: string, file: string): Promise<void> {
  await must('sh', ['-ec', `find . | cpio -o -H newc --quiet | gzip -1 > '${file}'`], { cwd: root })
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
  await copyModules(kernelDir, MODULES, join(root, 'mod'))
}

/** Copies modules under names that sort in their order. Some are built in, depending on the kernel's version. */
async function copyModules(kernelDir: string, names: readonly string[], to: string): Promise<void> {
  const versions = join(kernelDir, 'lib/modules')
  const version = (await readdir(versions))[0]
  if (version === undefined) throw new Error('the kernel package holds no modules')
  await mkdir(to, { recursive: true })
  let order = 10
  for (const name of names) {
    const from = join(versions, version, 'kernel', `${name}.ko`)
    if (await exists(from)) await copyFile(from, join(to, `${order}-${basename(name)}.ko`))
    order++
  }
}

/** Copies a program of an unpacked package and the libraries it needs, unless `base` has them; its package's own before this machine's. */
async function program(packageDir: string, path: string, root: string, base = root): Promise<void> {
  const binary = join(packageDir, path)
  await mkdir(join(root, dirname(path)), { recursive: true })
  await copyFile(binary, join(root, path))
  const own = join(packageDir, 'usr/lib/x86_64-linux-gnu')
  const libraries = await must('ldd', [binary], { env: { LD_LIBRARY_PATH: own } })
  if (libraries.includes('not found')) throw new Error(`libraries of ${path} are missing on this machine:\n${libraries}`)
  for (const match of libraries.matchAll(/(?:=> )?(\/\S+) \(0x/g)) {
    const from = match[1] ?? ''
    const inside = from.startsWith(own) ? from.slice(packageDir.length) : from
    if (await exists(join(base, inside))) continue
    const to = join(root, inside)
    await mkdir(dirname(to), { recursive: true })
    await cp(from, to, { dereference: true })
  }
}

/** What a guest with a seed has on top: a reader of seeds, the modules for it, an SSH server. */
async function seedReader(work: string, root: string, base: string): Promise<void> {
  const kernel = join(work, 'kernel')
  await copyModules(kernel, SEED_SCSI_MODULES, join(root, 'mod/seed/scsi'))
  await copyModules(kernel, SEED_MODULES, join(root, 'mod/seed'))
  await program(join(work, 'ssh'), 'usr/sbin/dropbear', root, base)
  await mkdir(join(root, 'etc'))
  await copyFile(join(guestFiles(), 'seed'), join(root, 'etc/seed'))
  await chmod(join(root, 'etc/seed'), 0o755)
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
