import { createHash, randomUUID } from 'node:crypto'
import { copyFile, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { cacheDir, guestImage } from './guest-image.ts'
import { must } from './run.ts'

const SECTOR = 512
const MIB = 1_048_576
/** Room for the kernel and the initrd, with some to spare. */
const FILE_SYSTEM_MIB = 30

/** What GRUB's core does by itself: it reads no other configuration. */
const START = `set root=(hd0,msdos1)
linux /vmlinuz console=ttyS0 panic=1 quiet
initrd /initrd.gz
boot
`

/** GRUB's parts for a BIOS that the core holds: the disk, its partitions, the file system, the kernel. */
const GRUB_MODULES = ['biosdisk', 'part_msdos', 'ext2', 'linux', 'boot']

/**
 * A qcow2 of the tiny guest that boots from its own disk as the images of distributions do, and reads a cloud-init seed (see
 * {@link guestImage}): for a machine with a BIOS and a virtio disk, of 96 MiB memory at least. What it writes is in its memory only. Built on
 * first use (1 s, and GRUB's packages of 3.5 MB), then cached.
 */
export async function cloudImage(): Promise<string> {
  const guest = await guestImage()
  const recipe = await readFile(import.meta.filename, 'utf8')
  const key = createHash('sha256').update(recipe).update(basename(guest)).digest('hex').slice(0, 12)
  const image = join(cacheDir(), `cloud-${key}.qcow2`)
  if (await stat(image).catch(() => null)) return image
  const work = join(cacheDir(), `build-${randomUUID()}`)
  await mkdir(work, { recursive: true })
  try {
    await build(work, guest)
    // Whoever is first wins: the other build is the same.
    await rename(join(work, 'image.qcow2'), image)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return image
}

async function build(work: string, guest: string): Promise<void> {
  await must('apt-get', ['download', '-q', 'grub-pc-bin', 'grub-common'], { cwd: work, timeoutMs: 300_000 })
  for (const file of await readdir(work)) await must('dpkg-deb', ['-x', join(work, file), join(work, 'grub')])
  const files = join(work, 'files')
  await mkdir(files)
  await copyFile(join(guest, 'vmlinuz'), join(files, 'vmlinuz'))
  await copyFile(join(guest, 'initrd-seed.gz'), join(files, 'initrd.gz'))
  const fileSystem = join(work, 'file-system')
  await must('mke2fs', ['-q', '-t', 'ext2', '-d', files, fileSystem, `${FILE_SYSTEM_MIB}M`], {
    env: { PATH: '/usr/sbin:/sbin:/usr/bin:/bin' },
  })
  const parts = join(work, 'grub/usr/lib/grub/i386-pc')
  const core = join(work, 'core')
  const config = join(work, 'start.cfg')
  await writeFile(config, START)
  const grub = join(work, 'grub/usr/bin/grub-mkimage')
  await must(grub, ['-d', parts, '-O', 'i386-pc', '-o', core, '-p', '(hd0,msdos1)/', '-c', config, ...GRUB_MODULES])
  await write(join(work, 'image.raw'), [
    { at: 0, bytes: await bootSector(join(parts, 'boot.img')) },
    // its first sector knows how long it is, and is looked for right behind the boot sector
    { at: SECTOR, bytes: await readFile(core) },
    { at: MIB, bytes: await readFile(fileSystem) },
  ])
  await must('qemu-img', ['convert', '-c', '-f', 'raw', '-O', 'qcow2', 'image.raw', 'image.qcow2'], { cwd: work })
}

/** GRUB's boot code with a partition table behind it: one partition, from the first MiB on. */
async function bootSector(file: string): Promise<Buffer> {
  const sector = Buffer.alloc(SECTOR)
  ;(await readFile(file)).copy(sector, 0, 0, 440)
  const LINUX = 0x83
  const ACTIVE = 0x80
  const beyondCylinders = [0xfe, 0xff, 0xff]
  sector.set([ACTIVE, ...beyondCylinders, LINUX, ...beyondCylinders], 446)
  sector.writeUInt32LE(MIB / SECTOR, 454)
  sector.writeUInt32LE((FILE_SYSTEM_MIB * MIB) / SECTOR, 458)
  sector.set([0x55, 0xaa], 510)
  return sector
}

async function write(path: string, pieces: ReadonlyArray<{ readonly at: number; readonly bytes: Uint8Array }>): Promise<void> {
  const file = await open(path, 'w')
  try {
    for (const { at, bytes } of pieces) await file.write(bytes, 0, bytes.length, at)
  } finally {
    await file.close()
  }
}
