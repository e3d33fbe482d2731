import { createHash, randomUUID } from 'node:crypto'
import { appendFile, cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheDir } from './guest-image.ts'
import type { LabHost } from './host.ts'
import { must } from './run.ts'

/** UEFI with and without Secure Boot, the TPM's emulator, and the libraries of it that this machine may not have. */
const PACKAGES = ['ovmf', 'swtpm', 'swtpm-libs', 'swtpm-tools', 'libtpms0', 'libjson-glib-1.0-0', 'gnutls-bin']
const PROGRAMS = ['swtpm', 'swtpm_ioctl', 'swtpm_setup', 'swtpm_localca', 'swtpm_cert', 'certtool']
/** Where a host has its own folder. */
const INSIDE = '/srv/host/firmware'

/** Gives a lab host UEFI firmware and an emulated TPM 2.0, from Debian packages (9 MB, cached). Its libvirtd is started anew. */
export async function addFirmware(host: LabHost): Promise<void> {
  const here = join(host.dir, 'firmware')
  await cp(await firmwareFiles(), here, { recursive: true, verbatimSymlinks: true })
  const bin = join(here, 'wrappers')
  await mkdir(bin)
  const libraries = `${INSIDE}/usr/lib/x86_64-linux-gnu`
  for (const name of PROGRAMS) {
    const options = name === 'swtpm_setup' ? ` --config ${INSIDE}/etc/swtpm_setup.conf` : ''
    const script = `#!/bin/sh\nexport LD_LIBRARY_PATH=${libraries}:${libraries}/swtpm\nexec ${INSIDE}/usr/bin/${name}${options} "$@"\n`
    await writeFile(join(bin, name), script, { mode: 0o755 })
  }
  for (const name of ['swtpm_setup.conf', 'swtpm-localca.conf']) await relocate(join(here, 'etc', name))
  const mounted = await host.exec(
    `mount -t overlay overlay -o lowerdir=${INSIDE}/usr/share:/usr/share /usr/share && mount -t overlay overlay -o lowerdir=${INSIDE}/wrappers:/usr/bin /usr/bin`,
  )
  if (mounted.code !== 0) throw new Error(`in lab host ${host.name}: ${mounted.stderr.trim()}`)
  await appendFile(join(host.dir, 'etc/libvirt/qemu.conf'), 'swtpm_user = "root"\nswtpm_group = "root"\n')
  await host.restartDaemon()
}

/** Settings of swtpm name files of the system. */
async function relocate(file: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replaceAll('/var/lib/swtpm-localca', '/srv/host/swtpm-localca').replaceAll(/= ?\/etc\//g, `= ${INSIDE}/etc/`))
}

/** The folder with what is in the packages; downloaded on first use. */
async function firmwareFiles(): Promise<string> {
  const key = createHash('sha256').update(PACKAGES.join(' ')).digest('hex').slice(0, 12)
  const folder = join(cacheDir(), `firmware-${key}`)
  if (await stat(folder).catch(() => null)) return folder
  const work = join(cacheDir(), `build-${randomUUID()}`)
  const packages = join(work, 'packages')
  await mkdir(packages, { recursive: true })
  try {
    await must('apt-get', ['download', '-q', ...PACKAGES], { cwd: packages, timeoutMs: 300_000 })
    for (const file of await readdir(packages)) await must('dpkg-deb', ['-x', join(packages, file), join(work, 'root')])
    // Whoever is first wins: the other one has the same.
    await rename(join(work, 'root'), folder).catch(async (error: unknown) => {
      if (!(await stat(folder).catch(() => null))) throw error
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return folder
}
