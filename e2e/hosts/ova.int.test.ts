import { createHash } from 'node:crypto'
import { copyFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VIRTUALBOX } from '../../electron/engine/ova/testing/descriptors.ts'
import type { ConnectionId, Machine } from '../../shared/model/index.ts'
import { cloudImage } from '../lab/cloud-image.ts'
import { type Lab, type LabHost, type RunResult, run, startLab, until } from '../lab/lab.ts'
import { CLI } from '../lab/programs.ts'
import { requirePeer } from '../lab/requires.ts'
import { must } from '../lab/run.ts'
import { dataOf, engineFolder, TestEngine } from './engine.ts'

/** A guest of its own processor emulation, beside other work. */
const BOOTS_MS = 240_000

describe.skipIf(!requirePeer('libvirtd').ok)(
  'packages, from the command line to a guest that boots and back',
  { timeout: 2 * BOOTS_MS },
  () => {
    let lab: Lab
    let engine: TestEngine
    let folder: string
    let work: string
    let ids: Record<'a' | 'b', ConnectionId>

    beforeAll(async () => {
      lab = await startLab({ hosts: ['a', 'b'] })
      folder = await engineFolder()
      work = await mkdtemp(join(tmpdir(), 'novacron-ova-'))
      await copyFile(lab.host('a').knownHostsFile, join(folder, 'home/.ssh/known_hosts'))
      engine = await TestEngine.start({ folder })
      const ssh = (host: LabHost) => ({ transport: 'ssh', host: host.address, user: 'root', keyFile: host.keyFile })
      const [first, second] = await Promise.all(['a', 'b'].map((name) => engine.add(name, ssh(lab.host(name)))))
      if (!first || !second) throw new Error('two hosts were added')
      ids = { a: first.id, b: second.id }
      await Promise.all([engine.status(first.id, 'online'), engine.status(second.id, 'online')])
      await must('qemu-img', ['convert', '-O', 'vmdk', '-o', 'subformat=streamOptimized', await cloudImage(), 'deb-disk001.vmdk'], {
        cwd: work,
      })
      await pack('deb.ova')
    })
    afterAll(async () => {
      await engine?.stop()
      await lab?.stop()
      for (const path of [folder, work]) if (path) await rm(path, { recursive: true, force: true })
    })

    /** As VirtualBox does it, with the system's own tar. */
    async function pack(name: string, manifestOf: (digest: string) => string = (digest) => digest): Promise<void> {
      const capacity = (await infoOf('deb-disk001.vmdk'))['virtual-size']
      const descriptor = VIRTUALBOX.replace('21474836480', String(capacity))
        .replace('>2048<', '>128<')
        .replace(/<Hardware>.*<\/Hardware>/, '')
      await writeFile(join(work, 'deb.ovf'), descriptor)
      const lines = await Promise.all(
        ['deb.ovf', 'deb-disk001.vmdk'].map(async (file) => {
          const digest = createHash('sha256')
            .update(await readFile(join(work, file)))
            .digest('hex')
          return `SHA256 (${file}) = ${file.endsWith('.vmdk') ? manifestOf(digest) : digest}\n`
        }),
      )
      await writeFile(join(work, 'deb.mf'), lines.join(''))
      await must('tar', ['--format=ustar', '-cf', name, 'deb.ovf', 'deb-disk001.vmdk', 'deb.mf'], { cwd: work })
    }

    async function infoOf(file: string): Promise<{ readonly format: string; readonly 'virtual-size': number }> {
      return JSON.parse(await must('qemu-img', ['info', '--output=json', file], { cwd: work })) as {
        format: string
        'virtual-size': number
      }
    }

    function cli(...args: readonly string[]): Promise<RunResult> {
      return run(process.execPath, [CLI, '--data', dataOf(folder), ...args], {
        cwd: work,
        env: { PATH: process.env['PATH'] ?? '', HOME: join(folder, 'home'), LC_ALL: 'C.UTF-8' },
        timeoutMs: BOOTS_MS,
      })
    }

    const hostId = (name: 'a' | 'b'): string => engine.hostOf(ids[name])?.id ?? ''

    async function volumesOf(name: 'a' | 'b'): Promise<readonly string[]> {
      const text = await lab.host(name).virsh(['vol-list', 'default'])
      return text
        .split('\n')
        .flatMap((line) => line.trim().split(/\s+/)[0] || [])
        .sort()
    }

    /** Its agent answers: it has booted. */
    function booted(host: 'a' | 'b', name: string): Promise<Machine> {
      return until(
        `${name} up`,
        async () => engine.machines(ids[host]).find((machine) => machine.name === name && machine.agent === 'connected') ?? false,
        BOOTS_MS,
      )
    }

    test('VirtualBox’s package becomes a machine that boots; nothing but its disk is left of it', async () => {
      const before = await volumesOf('a')
      const { code, stdout, stderr } = await cli('import', 'deb.ova', '--host', hostId('a'), '--name', 'pkg', '--cpus', '1', '--start')
      expect(stderr).toContain('[ova.network-changed]')
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'pkg\n' })
      expect(await booted('a', 'pkg')).toMatchObject({ vcpus: 1, maxMemoryKiB: 131_072 })
      expect((await volumesOf('a')).filter((name) => !before.includes(name))).toEqual(['pkg.qcow2'])
    })

    test('it goes out as a package that others can read, disk and all', async () => {
      const running = await cli('export', 'pkg', 'out.ova')
      expect([running.code, running.stderr]).toEqual([1, expect.stringContaining('[ova.machine-on]')])
      const machine = await booted('a', 'pkg')
      const { taskId } = await engine.client.machines.act({ targets: { ids: [machine.id] }, action: { action: 'powerOff' } })
      await engine.ended(taskId)
      await engine.reaches(ids.a, machine.nativeRef, 'stopped')
      const before = await volumesOf('a')
      expect(await cli('export', 'pkg', 'out.ova')).toMatchObject({ code: 0, stdout: 'out.ova\n', stderr: '' })
      expect(await volumesOf('a')).toEqual(before)
      expect(await must('tar', ['-tf', 'out.ova'], { cwd: work })).toBe('pkg.ovf\npkg-disk1.vmdk\npkg.mf\n')
      await must('tar', ['-xf', 'out.ova'], { cwd: work })
      for (const line of (await readFile(join(work, 'pkg.mf'), 'utf8')).trim().split('\n')) {
        const [, file = '', digest] = /^SHA256\((.+)\)= (\w+)$/.exec(line) ?? []
        expect(
          createHash('sha256')
            .update(await readFile(join(work, file)))
            .digest('hex'),
        ).toBe(digest)
      }
      expect(await infoOf('pkg-disk1.vmdk')).toMatchObject({ format: 'vmdk' })
      await must('qemu-img', ['compare', await cloudImage(), 'pkg-disk1.vmdk'], { cwd: work })
      const again = await cli('export', 'pkg', 'out.ova')
      expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('[cli.file-exists]')])
    })

    test('and boots on another host', async () => {
      const { code, stderr } = await cli('import', 'out.ova', '--host', hostId('b'), '--start')
      expect({ code, stderr }).toMatchObject({ code: 0 })
      expect(await booted('b', 'out')).toMatchObject({ vcpus: 1, maxMemoryKiB: 131_072 })
      expect(await lab.host('b').virsh(['dumpxml', 'out'])).toContain("<target dev='sda' bus='sata'/>")
    })

    test('--check says what would come of it, and leaves nothing', async () => {
      const before = await volumesOf('b')
      const { code, stdout } = await cli('--json', 'import', 'deb.ova', '--host', hostId('b'), '--name', 'asked', '--check')
      expect(code).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({ name: 'deb', manifest: 'sha256', spec: { os: 'debian12', memoryMiB: 128 } })
      expect(await volumesOf('b')).toEqual(before)
    })

    test('a package whose disk was changed, or that was cut off, makes nothing and leaves nothing', async () => {
      const before = await volumesOf('b')
      await pack('changed.ova', (digest) => digest.replace(/./, (first) => (first === '0' ? '1' : '0')))
      const changed = await cli('import', 'changed.ova', '--host', hostId('b'))
      expect([changed.code, changed.stderr]).toEqual([1, expect.stringContaining('[ova.checksum]')])
      await copyFile(join(work, 'deb.ova'), join(work, 'cut.ova'))
      await truncate(join(work, 'cut.ova'), (await stat(join(work, 'deb.ova'))).size / 2)
      const cut = await cli('import', 'cut.ova', '--host', hostId('b'))
      expect([cut.code, cut.stderr]).toEqual([1, expect.stringContaining('[ova.truncated]')])
      expect(await volumesOf('b')).toEqual(before)
      expect(engine.machines(ids.b).map(({ name }) => name)).toEqual(['out'])
    })

    test.each(['verify', 'disk-0'])('an import goes on after the engine was killed in its step %s', async (step) => {
      const name = `killed-${step}`
      const file = `${name}.ova`
      const before = await volumesOf('b')
      const to = `${engine.hostOf(ids.b)?.name ?? ''}/default/${file}`
      expect(await cli('volume', 'upload', 'deb.ova', to)).toMatchObject({ code: 0, stderr: '' })
      const pool = engine.all('pool').find(({ name: other, hostId: on }) => other === 'default' && on === hostId('b'))
      if (!pool) throw new Error('no pool')
      const place = { poolId: pool.id, name: file }
      const { spec } = await engine.client.ova.inspect(place)
      const { taskId } = await engine.client.ova.import({ ...place, machine: name, spec, removePackage: true })
      await until(`${step} runs`, async () => {
        const task = await engine.client.tasks.get({ taskId })
        if (task.endedAtMs !== null) throw new Error('it was over before it could be killed')
        return task.steps.some(({ id, state }) => id === step && state !== 'pending') // a short step may be over by then
      })
      await engine.stop('SIGKILL')
      engine = await TestEngine.start({ folder })
      expect(await engine.ended(taskId, BOOTS_MS)).toMatchObject({ state: 'succeeded' })
      expect((await volumesOf('b')).filter((volume) => !before.includes(volume))).toEqual([`${name}.qcow2`])
      const path = (await lab.host('b').virsh(['vol-path', `${name}.qcow2`, '--pool', 'default'])).trim()
      expect(await lab.host('b').exec(['qemu-img', 'check', path])).toMatchObject({ code: 0 })
    })

    test.each(['vdi', 'vhdx', 'vpc'])('a disk of the format %s becomes a volume', async (format) => {
      const file = `disk.${format === 'vpc' ? 'vhd' : format}`
      await must('qemu-img', ['convert', '-O', format, await cloudImage(), file], { cwd: work })
      const { code, stdout } = await cli('import', file, '--host', hostId('b'), '--name', `from-${format}`)
      expect({ code, stdout }).toEqual({ code: 0, stdout: `default/from-${format}.qcow2\n` })
      const path = (await lab.host('b').virsh(['vol-path', `from-${format}.qcow2`, '--pool', 'default'])).trim()
      expect((await lab.host('b').exec(['qemu-img', 'info', path])).stdout).toContain('file format: qcow2')
    })

    test('a disk becomes a machine at once, if that is wished', async () => {
      await must('qemu-img', ['convert', '-O', 'vmdk', await cloudImage(), 'plain.vmdk'], { cwd: work })
      const args = [
        'import',
        'plain.vmdk',
        '--host',
        hostId('a'),
        '--build',
        '--os',
        'debian12',
        '--cpus',
        '1',
        '--memory',
        '128',
        '--start',
      ]
      expect(await cli(...args)).toMatchObject({ code: 0, stdout: 'plain\n' })
      const running = async () => engine.machines(ids.a).find(({ name, state }) => name === 'plain' && state === 'running')
      expect(await until('it runs', running)).toMatchObject({ vcpus: 1 })
      // it boots as the one before did, if that is what is on its disk
      const disk = join(lab.host('a').dir, 'lib/images/plain.qcow2')
      await must('qemu-img', ['compare', '-U', await cloudImage(), disk], { cwd: work })
    })
  },
)
